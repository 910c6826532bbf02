"""Plain Python: `python3 -m unittest discover unit`."""

import unittest

from holdfast import AzResource, Request, Retention, Tag
from rule import MANIFEST, evaluate

SETTINGS = {"tag": "env", "values": ["prod"], "min-days": 30}


def disk(**tags: str) -> Request:
    target = AzResource(
        type="Microsoft.Compute/disks",
        location="westeurope",
        tags=[Tag(name, value) for name, value in tags.items()],
    )
    return Request(target, event_time="2026-01-01T00:00:00Z")


class RuleTest(unittest.TestCase):
    def test_a_production_disk_is_protected(self) -> None:
        opinion = evaluate(SETTINGS, disk(Env="prod"))
        self.assertEqual(opinion.verdict, "protect")
        self.assertEqual(opinion.protection.retention, Retention(min_days=30))
        self.assertEqual(opinion.reasons[0].evidence, [("/target/tags/Env", "prod")])

    def test_other_disks_are_left_to_other_rules(self) -> None:
        self.assertEqual(evaluate(SETTINGS, disk(env="test")).verdict, "abstain")

    def test_what_will_not_live_long_is_excluded(self) -> None:
        self.assertEqual(evaluate(SETTINGS, disk(env="prod", lifetime="ephemeral")).kind, "ephemeral")

    def test_every_reason_is_in_the_manifest(self) -> None:
        for request in (disk(env="prod"), disk(), disk(lifetime="ephemeral")):
            self.assertIn(evaluate(SETTINGS, request).reasons[0].code, MANIFEST.reason_codes)


if __name__ == "__main__":
    unittest.main()
