//! Which ways of paging lose or repeat objects where others write between two pages.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use netbox_sdk::{Api, Paging, Record, Result, json};

use crate::facade::made;
use crate::live::unique;
use crate::support::{Own, live};

const PAGE: usize = 10;
const GROUPS: usize = 42;

/// The ways that lose and repeat nothing.
const SAFE: [Paging; 3] = [Paging::Auto, Paging::Keyset, Paging::Cursor];

fn ids(list: impl IntoIterator<Item = Result<Record>>) -> Vec<u64> {
    list.into_iter().map(|record| record.unwrap().id()).collect()
}

/// How many of those that existed throughout were not found, and how many that were found came again.
fn lost_and_repeated(kept: &BTreeSet<u64>, found: &[u64]) -> (usize, usize) {
    let distinct: BTreeSet<u64> = found.iter().copied().collect();
    (kept.difference(&distinct).count(), found.len() - distinct.len())
}

/// Reads all, and after each page deletes some of those that were read, or inserts others before them and renames one.
/// The test is the writer, so nothing is left to luck.
fn read_between_writes(nb: &Api, paging: Paging) -> (usize, usize) {
    let groups = Own::groups(nb);
    let ids = groups.make((0..GROUPS).map(|number| format!("{}-{number:02}", groups.mark)));
    // Each third one is there to be deleted.
    let kept: BTreeSet<u64> = ids.iter().enumerate().filter(|(position, _)| position % 3 != 0).map(|(_, id)| *id).collect();
    let list = groups.list(nb).paging(paging).page_size(PAGE as u64);
    let list = if paging == Paging::Offset { list.ordering("name") } else { list };
    let mut found = Vec::new();
    let mut doomed = BTreeSet::new();
    for group in list {
        let id = group.unwrap().id();
        found.push(id);
        if !kept.contains(&id) {
            doomed.insert(id);
        }
        let number = found.len();
        if number % (2 * PAGE) == PAGE {
            groups.delete(std::mem::take(&mut doomed));
        } else if number % PAGE == 0 && number < GROUPS {
            // Names that begin with a digit come before all others.
            groups.make((0..PAGE / 2).map(|new| format!("0-{}-{number}-{new}", groups.mark)));
            // By its name one of the last comes first.
            let id = ids[GROUPS - number / (2 * PAGE)];
            groups.rename(id, &format!("0-{}-{id}", groups.mark));
        }
    }
    lost_and_repeated(&kept, &found)
}

#[test]
fn rule_03_only_paging_by_position_loses_and_repeats_what_others_do_not_touch() {
    let Some(nb) = live().map(Api::new) else { return };
    for paging in SAFE {
        assert_eq!(read_between_writes(&nb, paging), (0, 0), "{paging:?}");
    }
    let (lost, repeated) = read_between_writes(&nb, Paging::Offset);
    println!("by position: {lost} lost, {repeated} repeated");
    assert!(lost >= 3 && repeated >= 3, "{lost} {repeated}");
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn position(&mut self, ids: &[u64]) -> usize {
        self.below(ids.len() as u64) as usize
    }

    /// Names are spread evenly over their order.
    fn name(&mut self) -> String {
        unique(&format!("{:03}", self.below(1000)))
    }
}

/// Inserts, deletes and renames until it is told to stop; renames the others, too. Gives how often it wrote.
fn write_at_random(own: &Own, others: &[u64], mut random: Random, stop: &AtomicBool) -> usize {
    let mut volatile = Vec::new();
    let mut writes = 0;
    while !stop.load(Ordering::Relaxed) {
        let any = [others, &volatile].concat();
        match random.below(3) {
            0 if volatile.len() < 20 => volatile.extend(own.make([random.name()])),
            1 if !volatile.is_empty() => own.delete([volatile.swap_remove(random.position(&volatile))]),
            2 if !any.is_empty() => own.rename(any[random.position(&any)], &random.name()),
            _ => continue,
        }
        writes += 1;
    }
    writes
}

/// Reads while two threads write.
fn read_amid_writers(own: &Own, others: &[u64], seed: u64, read: impl FnOnce()) {
    /// However the reading ends: the scope waits for the writers.
    struct Stop<'a>(&'a AtomicBool);

    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let stop = &AtomicBool::new(false);
    thread::scope(|scope| {
        let reading = Stop(stop);
        let writers = [seed, !seed].map(|seed| scope.spawn(move || write_at_random(own, others, Random(seed), stop)));
        read();
        drop(reading);
        let writes = writers.map(|writer| writer.join().unwrap());
        println!("{writes:?} writes");
        assert!(writes.iter().all(|writes| *writes > 0));
    });
}

#[test]
fn rule_03_nothing_is_lost_or_repeated_while_others_write_at_random() {
    let Some(nb) = live().map(Api::new) else { return };
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = std::env::var("NETBOX_LOSSES_SEED").map_or_else(|_| clock(), |seed| seed.parse().unwrap());
    println!("NETBOX_LOSSES_SEED={seed}");
    let mut random = Random(seed);

    let groups = Own::groups(&nb);
    let made_groups = groups.make((0..500).map(|_| random.name()));
    let kept: BTreeSet<u64> = made_groups.iter().copied().collect();
    let sizes: Vec<u64> = [1, 7, 1000].into_iter().chain((0..17).map(|_| 20 + random.below(600))).collect();
    let read = |paging, size| lost_and_repeated(&kept, &ids(groups.list(&nb).paging(paging).page_size(size)));
    read_amid_writers(&groups, &made_groups, seed, || {
        thread::scope(|scope| {
            for paging in SAFE {
                let (read, sizes) = (&read, &sizes);
                scope.spawn(move || {
                    for size in sizes {
                        assert_eq!(read(paging, *size), (0, 0), "{paging:?}, pages of {size}");
                    }
                });
            }
        });
        let by_name = || groups.list(&nb).ordering("name").page_size(7);
        let outcome = (0..20).map(|_| lost_and_repeated(&kept, &ids(by_name()))).find(|outcome| *outcome != (0, 0));
        println!("by position, lost and repeated: {outcome:?}");
        assert!(outcome.is_some(), "this test sees no losses");
    });

    let name = unique("losses");
    let (site, _site) = made(&nb, "dcim/sites", json!({"name": name, "slug": name}));
    let device = json!({"name": name, "site": site.id(), "role": {"slug": "server"}, "device_type": {"slug": "model-0"}});
    let (device, _device) = made(&nb, "dcim/devices", device);
    let interfaces = Own::new(&nb, "dcim/interfaces", json!({"device": device.id(), "type": "virtual"}));
    // Five sites have 1,000 each.
    let sites = ["lon", "par", "ams", "fra", "nyc", &name];
    let all = || nb.dcim().interfaces().filter([("site", &sites[..])]).fields(["id", "name"]);
    let by_id = || ids(all().ordering("id").page_size(1000)).into_iter().collect::<BTreeSet<_>>();
    let before = by_id();
    let mut found = Vec::new();
    read_amid_writers(&interfaces, &[], seed, || found = SAFE.map(|paging| ids(all().paging(paging))).to_vec());
    let kept: BTreeSet<u64> = by_id().intersection(&before).copied().collect();
    assert!(kept.len() >= 5000, "{}", kept.len());
    for (paging, found) in SAFE.iter().zip(&found) {
        assert_eq!(lost_and_repeated(&kept, found), (0, 0), "{paging:?} of {}", kept.len());
    }
}
