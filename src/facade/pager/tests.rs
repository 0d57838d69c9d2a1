//! Servers that are made up, good and bad: the list is read in full, each object once, or there is an error that says why not.

use proptest::prelude::*;

use super::*;

/// A server that holds objects and does as it likes.
#[derive(Debug, Clone)]
struct Server {
    /// In the order in which it lists them by itself.
    ids: Vec<u64>,
    max_page_size: u64,
    ignores_id_filter: bool,
    ignores_ordering: bool,
    /// A full last page has a `next`, whose page is empty.
    full_last_page_has_next: bool,
    knows_cursor: bool,
    /// Every n-th request fails, where not 0.
    fails_every: usize,
    /// From this request on, `next` is always the same.
    repeats_next_from: Option<usize>,
}

struct Reply {
    head: PageHead,
    ids: Vec<u64>,
}

impl Server {
    fn reply(&self, request: &PageRequest, number: usize) -> Option<Reply> {
        if self.fails_every > 0 && number % self.fails_every == 0 {
            return None;
        }
        let query = match request {
            PageRequest::List(query) => query.clone(),
            PageRequest::Link(link) => Query::parse(link.split_once('?').unwrap().1).unwrap(),
        };
        let number_of = |name: &str| query.get_all(name).last().map(|value| value.parse::<u64>().unwrap());
        let mut ids = self.ids.clone();
        if let (Some(bound), false) = (query.get_all("id__gt").map(|value| value.parse::<u64>().unwrap()).min(), self.ignores_id_filter) {
            ids.retain(|id| *id > bound);
        }
        let start = number_of("start").filter(|_| self.knows_cursor);
        if start.is_some() || !self.ignores_ordering && query.get_all("ordering").next() == Some("id") {
            ids.sort_unstable();
        } else if !self.ignores_ordering && query.get_all("ordering").next() == Some("-id") {
            ids.sort_unstable_by(|a, b| b.cmp(a));
        }
        let count = ids.len() as u64;
        let limit = number_of("limit").unwrap_or(50).min(self.max_page_size);
        let rest: Vec<u64> = match start {
            Some(start) => ids.into_iter().filter(|id| *id >= start).collect(),
            None => ids.into_iter().skip(number_of("offset").unwrap_or(0) as usize).collect(),
        };
        let page: Vec<u64> = rest.iter().copied().take(limit as usize).collect();
        let has_more =
            rest.len() > page.len() || (self.full_last_page_has_next || start.is_some()) && page.len() as u64 == limit && limit > 0;
        let offset = match self.repeats_next_from {
            Some(from) if number >= from => limit,
            _ => number_of("offset").unwrap_or(0) + limit,
        };
        let next = has_more.then(|| {
            let kept: Query = query.iter().filter(|(name, _)| !matches!(*name, "limit" | "offset" | "start")).collect();
            match start {
                Some(_) => format!("http://h/api/x/?{kept}&limit={limit}&start={}", page.last().map_or(0, |last| last + 1)),
                None => format!("http://h/api/x/?{kept}&limit={limit}&offset={offset}"),
            }
        });
        Some(Reply { head: PageHead { count: start.is_none().then_some(count), next, rows: page.len() }, ids: page })
    }
}

/// Reads a whole list as the iterator does.
fn read(server: &Server, filters: &Query, settings: &Settings) -> Result<Vec<u64>> {
    let mut pager = Pager::new(filters.clone(), settings.clone())?;
    let mut read = Vec::new();
    let mut number = 0;
    while let Some(request) = pager.request() {
        number += 1;
        assert!(number < 30_000, "it does not end");
        let Some(reply) = server.reply(&request, number) else {
            if !pager.halve() {
                return Err(Error::new(ErrorKind::Timeout, "failed"));
            }
            continue;
        };
        pager.begin_page(reply.head)?;
        for id in reply.ids {
            match pager.judge(Some(id)) {
                Fate::Keep => read.push(id),
                Fate::Drop => {}
                Fate::DropRest => break,
            }
        }
        pager.end_page();
    }
    Ok(read)
}

fn server() -> impl Strategy<Value = Server> {
    let ids = prop_oneof![
        4 => prop::collection::btree_set(1_u64..400, 0..60),
        1 => prop::collection::btree_set(1_u64..20_000, 0..5000),
    ];
    let ids = ids.prop_map(|ids| ids.into_iter().collect::<Vec<_>>()).prop_shuffle();
    let sizes = prop_oneof![Just(1_u64), Just(7), Just(10), Just(50), Just(1000), Just(u64::MAX)];
    (ids, sizes, any::<[bool; 4]>(), prop_oneof![3 => Just(0), 1 => 3..9_usize], prop::option::weighted(0.1, 1..5_usize)).prop_map(
        |(ids, max_page_size, flags, fails_every, repeats_next_from)| Server {
            ids,
            max_page_size,
            ignores_id_filter: flags[0],
            ignores_ordering: flags[1],
            full_last_page_has_next: flags[2],
            knows_cursor: flags[3],
            fails_every,
            repeats_next_from,
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let paging = prop_oneof![4 => Just(Paging::Auto), 1 => Just(Paging::Keyset), 1 => Just(Paging::Cursor), 1 => Just(Paging::Offset)];
    (paging, prop::option::of(prop_oneof![Just(1_u64), Just(7), Just(1000)]), any::<bool>())
        .prop_map(|(paging, page_size, is_keyset)| Settings { paging, page_size, is_keyset, ..Settings::default() })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_object_comes_once_or_there_is_an_error(server in server(), settings in settings(), bound in prop::option::of(0_u64..500)) {
        let (mut server, mut settings) = (server, settings);
        if server.ids.len() > 400 {
            // One by one a long list takes long, and shows nothing more.
            server.max_page_size = server.max_page_size.max(50);
            settings.page_size = settings.page_size.map(|size| size.max(50));
        }
        if settings.is_keyset {
            // What the documents promise is kept.
            server.ignores_id_filter = false;
            server.ignores_ordering = false;
        }
        let bound = bound.filter(|_| !server.ignores_id_filter);
        let filters: Query = bound.iter().map(|bound| ("id__gt", bound)).collect();
        let mut expected: Vec<u64> = server.ids.iter().copied().filter(|id| bound.is_none_or(|bound| *id > bound)).collect();
        expected.sort_unstable();
        match read(&server, &filters, &settings) {
            Ok(mut read) => {
                if settings.paging == Paging::Auto && settings.is_keyset {
                    prop_assert!(read.is_sorted(), "by id");
                }
                read.sort_unstable();
                prop_assert_eq!(read, expected);
            }
            Err(error) => {
                let is_explained = match error.kind() {
                    ErrorKind::Timeout => server.fails_every > 0,
                    ErrorKind::Unsupported => settings.paging == Paging::Cursor && !server.knows_cursor,
                    ErrorKind::Protocol => server.repeats_next_from.is_some() || server.full_last_page_has_next,
                    _ => false,
                };
                prop_assert!(is_explained, "{}", error);
            }
        }
    }
}

fn first_request(filters: &[(&str, &str)], settings: Settings) -> String {
    let pager = Pager::new(filters.iter().copied().collect(), settings).unwrap();
    match pager.request().unwrap() {
        PageRequest::List(query) => query.to_string(),
        PageRequest::Link(link) => link,
    }
}

#[test]
fn exactly_one_id_filter_is_sent() {
    let keyset = || Settings { is_keyset: true, ..Settings::default() };
    assert_eq!(first_request(&[], keyset()), "ordering=id&limit=250");
    assert_eq!(first_request(&[("id__gt", "9"), ("site", "lon"), ("id__gt", "5")], keyset()), "site=lon&id__gt=5&ordering=id&limit=250");
    assert_eq!(first_request(&[("id", "9"), ("id__lt", "5")], keyset()), "id=9&id__lt=5&ordering=id&limit=250");
    let by_name = Settings { ordering: Some("name".to_owned()), ..keyset() };
    assert_eq!(first_request(&[("id__gt", "9"), ("id__gt", "5")], by_name), "id__gt=9&id__gt=5&ordering=name%2Cid&limit=250");
}

#[test]
fn sizes_rise_to_a_thousand_and_are_halved_where_they_are() {
    let server = Server {
        ids: (1..4000).collect(),
        max_page_size: u64::MAX,
        ignores_id_filter: false,
        ignores_ordering: false,
        full_last_page_has_next: false,
        knows_cursor: true,
        fails_every: 0,
        repeats_next_from: None,
    };
    for paging in [Paging::Keyset, Paging::Cursor, Paging::Offset] {
        let mut pager = Pager::new(Query::default(), Settings { paging, is_keyset: true, ..Settings::default() }).unwrap();
        let mut limits = Vec::new();
        while let Some(request) = pager.request() {
            let text = match &request {
                PageRequest::List(query) => query.to_string(),
                PageRequest::Link(link) => link.clone(),
            };
            limits.push(text.split(['&', '?']).find_map(|part| part.strip_prefix("limit=")).unwrap().parse::<u64>().unwrap());
            if limits.len() == 4 {
                assert!(pager.halve());
                continue;
            }
            let reply = server.reply(&request, 1).unwrap();
            pager.begin_page(reply.head).unwrap();
            for id in reply.ids {
                pager.judge(Some(id));
            }
            pager.end_page();
        }
        assert_eq!(limits, [250, 500, 1000, 1000, 500, 500, 500, 500, 500], "{paging:?}");
    }
}

#[test]
fn what_cannot_be_is_said_before_anything_is_asked() {
    for settings in [
        Settings { paging: Paging::Cursor, has_start_filter: true, ..Settings::default() },
        Settings { paging: Paging::Cursor, ordering: Some("name".to_owned()), ..Settings::default() },
        Settings { paging: Paging::Keyset, offset: Some(3), ..Settings::default() },
        Settings { page_size: Some(0), ..Settings::default() },
    ] {
        assert_eq!(Pager::new(Query::default(), settings).unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
}

#[test]
fn an_ordering_is_made_total_and_a_cursor_begins_where_the_caller_says() {
    for (ordering, sent) in [("name", "name%2Cid"), ("-status,-id", "-status%2C-id"), ("id", "id")] {
        let settings = Settings { ordering: Some(ordering.to_owned()), ..Settings::default() };
        assert_eq!(first_request(&[], settings), format!("ordering={sent}&limit=250"));
    }
    let cursor = Settings { paging: Paging::Cursor, ..Settings::default() };
    assert_eq!(first_request(&[("start", "11"), ("site", "lon")], cursor), "site=lon&start=11&limit=250");
}
