//! How a rule wants restores to be tried.

use holdfast_rule_set::{RestoreTest, TestJudge, TestPoint, TestTarget, Tier};
use wasmtime::component::{ComponentType, Lift};

use super::super::answer::TierAnswer;

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum TestPointAnswer {
    #[component(name = "latest")]
    Latest,
    #[component(name = "latest-clean")]
    LatestClean,
    #[component(name = "oldest")]
    Oldest,
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum TestJudgeAnswer {
    #[component(name = "completion")]
    Completion,
    #[component(name = "rules")]
    Rules,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct TestTargetAnswer {
    subscription: Option<String>,
    #[component(name = "resource-group")]
    resource_group: Option<String>,
    #[component(name = "paired-region")]
    paired_region: bool,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct RestoreTestAnswer {
    every: String,
    point: TestPointAnswer,
    tier: Option<TierAnswer>,
    to: TestTargetAnswer,
    judge: TestJudgeAnswer,
}

impl From<RestoreTestAnswer> for RestoreTest {
    fn from(answer: RestoreTestAnswer) -> Self {
        let TestTargetAnswer { subscription, resource_group, paired_region } = answer.to;
        Self {
            every: answer.every,
            point: answer.point.into(),
            tier: answer.tier.map(Tier::from),
            to: TestTarget { subscription, resource_group, paired_region },
            judge: answer.judge.into(),
        }
    }
}

impl From<TestPointAnswer> for TestPoint {
    fn from(answer: TestPointAnswer) -> Self {
        match answer {
            TestPointAnswer::Latest => Self::Latest,
            TestPointAnswer::LatestClean => Self::LatestClean,
            TestPointAnswer::Oldest => Self::Oldest,
        }
    }
}

impl From<TestJudgeAnswer> for TestJudge {
    fn from(answer: TestJudgeAnswer) -> Self {
        match answer {
            TestJudgeAnswer::Completion => Self::Completion,
            TestJudgeAnswer::Rules => Self::Rules,
        }
    }
}
