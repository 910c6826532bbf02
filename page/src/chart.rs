//! Charts as SVG, with their numbers in text.

use holdfast_report::{Day, Trend};

use crate::cell::{Cell, grouped};

/// One bar of how much is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub(crate) name: Cell,
    pub(crate) width: String,
    pub(crate) percent: String,
    pub(crate) detail: Cell,
}

impl Bar {
    /// A bar of what is protected of what is due; `detail` says how much is not, or that all is.
    pub fn new(name: Cell, percent: Option<f64>, detail: Cell) -> Self {
        let text = percent.map_or_else(|| "nothing due".to_owned(), in_percent);
        let width = format!("{:.1}", percent.unwrap_or_default().clamp(0.0, 100.0));
        Self { name, width, percent: text, detail }
    }
}

pub(crate) fn in_percent(percent: f64) -> String {
    if percent.fract() == 0.0 { format!("{percent:.0}\u{202f}%") } else { format!("{percent:.1}\u{202f}%") }
}

/// A line over days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub(crate) points: String,
    pub(crate) last: Option<(String, String)>,
    pub(crate) in_words: String,
    pub(crate) days: Vec<(String, String)>,
}

const WIDE: f64 = 300.0;
const HIGH: f64 = 60.0;

impl Line {
    /// The line of coverage; none before there are two days.
    pub fn of(trend: &Trend) -> Option<Self> {
        let known: Vec<(&Day, f64)> = trend.days.iter().filter_map(|day| Some((day, share(day)?))).collect();
        let ((first, from), (last, to)) = (known.first()?, known.last()?);
        if known.len() < 2 {
            return None;
        }
        let lowest = known.iter().map(|(_, share)| *share).fold(100.0, f64::min);
        // The axis begins where the line is, or every line would be flat; the words say where it begins.
        let floor = if lowest >= 90.0 {
            90.0
        } else if lowest >= 50.0 {
            50.0
        } else {
            0.0
        };
        let step = WIDE / (known.len() - 1) as f64;
        let place = |n: usize, share: f64| {
            (
                format!("{:.1}", n as f64 * step),
                format!("{:.1}", HIGH - (share - floor) / (100.0 - floor) * HIGH),
            )
        };
        let points: Vec<String> = known
            .iter()
            .enumerate()
            .map(|(n, (_, share))| {
                let (x, y) = place(n, *share);
                format!("{x},{y}")
            })
            .collect();
        let in_words = format!(
            "{} on {}, {} on {}; the line begins at {floor:.0}\u{202f}%",
            in_percent(*from),
            first.day,
            in_percent(*to),
            last.day
        );
        let days = known.iter().map(|(day, share)| {
            (
                day.day.to_string(),
                format!("{} ({} of {})", in_percent(*share), grouped(day.protected), grouped(day.due)),
            )
        });
        Some(Self {
            points: points.join(" "),
            last: Some(place(known.len() - 1, *to)),
            in_words,
            days: days.collect(),
        })
    }
}

fn share(day: &Day) -> Option<f64> {
    (day.due > 0).then(|| (day.protected as f64 / day.due as f64 * 1000.0).floor() / 10.0)
}
