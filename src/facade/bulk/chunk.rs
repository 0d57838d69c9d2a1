//! Cutting by count and by bytes.

use super::item::Entry;

/// A request is smaller. NetBox answers 500 above 2.5 MB (2,621,440 bytes), and proxies may take less.
pub(super) const MAX_BYTES: usize = 2_000_000;

/// Cuts entries into the fewest chunks that keep their order, each of at most `count` entries and less than `bytes` bytes of JSON.
/// An entry that is larger has a chunk of its own.
pub(super) fn cut(entries: Vec<Entry>, count: usize, bytes: usize) -> Vec<Vec<Entry>> {
    let mut chunks: Vec<Vec<Entry>> = Vec::new();
    let mut size = 0;
    for entry in entries {
        // A comma or bracket stands before each, a bracket behind the last.
        let with_entry = size + 1 + entry.json.len();
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < count && with_entry + 1 < bytes => {
                chunk.push(entry);
                size = with_entry;
            }
            _ => {
                size = 1 + entry.json.len();
                chunks.push(vec![entry]);
            }
        }
    }
    chunks
}

/// The body of a request.
pub(super) fn body(chunk: &[Entry]) -> String {
    let entries: Vec<&str> = chunk.iter().map(|entry| entry.json.as_str()).collect();
    format!("[{}]", entries.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(lengths: &[usize], count: usize, bytes: usize) -> Vec<usize> {
        let entries = lengths.iter().enumerate().map(|(index, length)| Entry { index, id: None, json: "x".repeat(*length) }).collect();
        let chunks = cut(entries, count, bytes);
        assert!(chunks.iter().flatten().map(|entry| entry.index).eq(0..lengths.len()), "the order is kept");
        assert!(chunks.iter().all(|chunk| chunk.len() == 1 || body(chunk).len() < bytes));
        chunks.iter().map(Vec::len).collect()
    }

    #[test]
    fn chunks_are_cut_by_count_and_by_bytes() {
        assert_eq!(sizes(&[], 100, 1000), Vec::<usize>::new());
        assert_eq!(sizes(&[2; 250], 100, 10_000), [100, 100, 50]);
        assert_eq!(sizes(&[2; 100], 100, 10_000), [100]);
        assert_eq!(sizes(&[2; 3], 1, 10_000), [1, 1, 1]);
        // [xx,xx] has 7 bytes.
        assert_eq!(sizes(&[2; 4], 100, 8), [2, 2]);
        assert_eq!(sizes(&[2; 4], 100, 7), [1, 1, 1, 1]);
        assert_eq!(sizes(&[10, 80, 10, 10, 90], 100, 100), [2, 2, 1]);
        assert_eq!(sizes(&[1, 500, 1], 100, 100), [1, 1, 1]);
    }

    #[test]
    fn a_body_is_a_list() {
        let entry = |json: &str| Entry { index: 0, id: None, json: json.to_owned() };
        assert_eq!(body(&[entry("{}"), entry(r#"{"id":1}"#)]), r#"[{},{"id":1}]"#);
    }
}
