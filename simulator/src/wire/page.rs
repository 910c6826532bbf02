//! Pages of long lists. Each begins behind the entry that was told last, so that entries which come or go between two
//! pages neither hide nor double others.

use std::collections::BTreeMap;
use std::convert::identity;
use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::path::key;
use super::{ArmError, Call, Reply, json as body_json};

/// The query parameter that says behind which entry a page begins; what it holds is the service's own affair.
const SKIP: &str = "$skipToken";

/// Where an entry of a list stands among the others. It never changes, and no two entries have the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    rank: i128,
    name: String,
}

impl Position {
    /// In a list by name.
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self { rank: 0, name: name.into() }
    }

    /// In a list that begins with the oldest.
    pub(crate) fn oldest_first(made: Timestamp, name: impl Into<String>) -> Self {
        Self { rank: made.as_nanosecond(), name: name.into() }
    }

    /// In a list that begins with the newest.
    pub(crate) fn newest_first(made: Timestamp, name: impl Into<String>) -> Self {
        Self { rank: -made.as_nanosecond(), name: name.into() }
    }

    /// Behind whatever else there is.
    pub(crate) fn last(name: impl Into<String>) -> Self {
        Self { rank: i128::MAX, name: name.into() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{};{}", self.rank, self.name))
    }

    fn of_token(token: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (rank, name) = text.split_once(';')?;
        Some(Self { rank: rank.parse().ok()?, name: name.to_owned() })
    }
}

/// The page that a call asks for.
#[derive(Debug)]
pub(crate) struct Page<'call> {
    call: &'call Call,
    /// Most entries of a page.
    size: usize,
    /// What the pages before ended with.
    told: Option<Position>,
}

impl<'call> Page<'call> {
    /// The page of at most `size` entries that `call` asks for.
    pub(crate) fn asked(call: &'call Call, size: usize) -> Result<Self, ArmError> {
        let told = match call.parameter(SKIP).filter(|token| !token.is_empty()) {
            Some(token) => Some(
                Position::of_token(token)
                    .ok_or_else(|| ArmError::bad_request("BadRequest", "The $skipToken is invalid."))?,
            ),
            None => None,
        };
        Ok(Self { call, size, told })
    }

    /// Where it begins, in a list that is kept by position.
    pub(crate) fn begin(&self) -> Bound<&Position> {
        self.told.as_ref().map_or(Bound::Unbounded, Bound::Excluded)
    }

    /// The names that are left, in a list that is kept by name.
    pub(crate) fn names(&self) -> (Bound<&str>, Bound<&str>) {
        let begin = self.told.as_ref().map_or(Bound::Unbounded, |told| Bound::Excluded(told.name()));
        (begin, Bound::Unbounded)
    }

    /// What is left of entries that are kept by name.
    pub(crate) fn rest<'a, T>(
        &self,
        kept: &'a BTreeMap<String, T>,
    ) -> impl Iterator<Item = (Position, &'a T)> + use<'a, T> {
        kept.range::<str, _>(self.names()).map(|(name, entry)| (Position::named(name), entry))
    }

    /// Of entries in the order of their positions; those that were told are passed over.
    pub(crate) fn of<T>(
        &self,
        entries: impl IntoIterator<Item = (Position, T)>,
        mut shown: impl FnMut(T) -> Value,
    ) -> Reply {
        let mut rest = entries.into_iter().skip_while(|(position, _)| self.is_told(position)).peekable();
        let (mut values, mut last) = (Vec::new(), None);
        for (position, entry) in rest.by_ref().take(self.size) {
            values.push(shown(entry));
            last = Some(position);
        }
        let mut body = json!({ "value": values });
        if let Some(last) = last.filter(|_| rest.peek().is_some()) {
            body_json::set(&mut body, &["nextLink"], self.link(&last).into());
        }
        Reply::ok(body)
    }

    /// Of entries in any order.
    pub(crate) fn sorted<T>(
        &self,
        entries: impl IntoIterator<Item = (Position, T)>,
        shown: impl FnMut(T) -> Value,
    ) -> Reply {
        let mut rest: Vec<(Position, T)> =
            entries.into_iter().filter(|(position, _)| !self.is_told(position)).collect();
        rest.sort_by(|(left, _), (right, _)| left.cmp(right));
        self.of(rest, shown)
    }

    /// Of bodies, by their ids.
    pub(crate) fn by_id(&self, bodies: Vec<Value>) -> Reply {
        let position =
            |body: &Value| Position::named(key(body_json::text(body, &["id"]).unwrap_or_default()));
        self.sorted(bodies.into_iter().map(|body| (position(&body), body)), identity)
    }

    fn is_told(&self, position: &Position) -> bool {
        self.told.as_ref().is_some_and(|told| position <= told)
    }

    /// Where the page behind `last` is. A filter holds for every page.
    fn link(&self, last: &Position) -> String {
        let others = self.call.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(SKIP));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in others {
            query.append_pair(name, value);
        }
        query.append_pair(SKIP, &last.token());
        format!("{}{}?{}", self.call.base, self.call.raw_path, query.finish())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};

    use super::super::ArmPath;
    use super::*;

    /// A call for the page with this token, or for the first one.
    fn call(token: Option<&str>) -> Call {
        let path = "/subscriptions/s/providers/Microsoft.Test/things";
        let token = token.map(|token| (SKIP.to_owned(), token.to_owned()));
        let filter = ("$filter".to_owned(), "name ne 'x'".to_owned());
        Call {
            method: Method::GET,
            path: ArmPath::parse(path).unwrap(),
            raw_path: path.to_owned(),
            query: token.into_iter().chain([filter]).collect(),
            body: None,
            base: "http://localhost".to_owned(),
            headers: HeaderMap::new(),
            caller: String::new(),
        }
    }

    /// The numbers of a page of two, and the token of the next one.
    fn told(reply: &Reply) -> (Vec<u64>, Option<String>) {
        let body = reply.body.as_ref().unwrap();
        let values = body["value"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        let link = body["nextLink"].as_str().map(|link| url::Url::parse(link).unwrap());
        let token = link.map(|link| {
            assert!(link.query_pairs().any(|(name, _)| name == "$filter"), "{link}");
            link.query_pairs().find(|(name, _)| name == SKIP).unwrap().1.into_owned()
        });
        (values, token)
    }

    fn by_name(kept: &BTreeMap<String, u64>, token: Option<&str>) -> (Vec<u64>, Option<String>) {
        let call = call(token);
        let page = Page::asked(&call, 2).unwrap();
        told(&page.of(page.rest(kept), |number| json!(number)))
    }

    #[test]
    fn what_comes_and_goes_between_pages_neither_hides_nor_doubles_others() {
        let mut kept: BTreeMap<String, u64> =
            ["b", "d", "f", "h"].into_iter().map(str::to_owned).zip([2, 4, 6, 8]).collect();
        let (first, token) = by_name(&kept, None);
        assert_eq!(first, [2, 4]);
        // Two that were told go, one comes where all has been told.
        kept.remove("b");
        kept.remove("d");
        kept.insert("a".to_owned(), 1);
        assert_eq!(by_name(&kept, token.as_deref()), (vec![6, 8], None));
        kept.insert("g".to_owned(), 7);
        let (second, token) = by_name(&kept, token.as_deref());
        assert_eq!((second, token.is_some()), (vec![6, 7], true));
        assert_eq!(by_name(&kept, token.as_deref()), (vec![8], None));
    }

    #[test]
    fn the_newest_that_comes_meanwhile_doubles_none() {
        let second = |second: i64| Timestamp::from_second(second).unwrap();
        let mut made = vec![1, 3, 2];
        let asked = |made: &[i64], token: Option<&str>| {
            let call = call(token);
            let entries = made.iter().map(|made| (Position::newest_first(second(*made), "n"), *made));
            told(&Page::asked(&call, 2).unwrap().sorted(entries, |made| json!(made)))
        };
        let (first, token) = asked(&made, None);
        assert_eq!(first, [3, 2]);
        made.push(4);
        assert_eq!(asked(&made, token.as_deref()), (vec![1], None));
    }

    #[test]
    fn positions_come_back_from_their_tokens() {
        for position in [
            Position::named("a;b"),
            Position::oldest_first(Timestamp::MIN, ""),
            Position::newest_first(Timestamp::MAX, "ä"),
            Position::last("z"),
        ] {
            assert_eq!(Position::of_token(&position.token()), Some(position));
        }
        for forged in ["2", "????", "YTtiCg", ""] {
            assert_eq!(Position::of_token(forged), None, "{forged}");
        }
        assert!(Page::asked(&call(Some("200")), 2).is_err());
        assert!(Page::asked(&call(Some("")), 2).is_ok());
    }

    #[test]
    fn bodies_go_by_their_ids_whatever_the_case() {
        let bodies = ["/B", "/a", "/C"].map(|id| json!({ "id": id })).to_vec();
        let first = Page::asked(&call(None), 2).unwrap().by_id(bodies);
        assert_eq!(first.body.unwrap()["value"], json!([{ "id": "/a" }, { "id": "/B" }]));
    }
}
