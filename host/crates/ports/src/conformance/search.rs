//! The contract of `Search`.

use super::until;
use crate::{Found, HIT_BEGINS, HIT_ENDS, Indexable, Search, SearchQuery, unmarked};
use model::{Audience, ConversationId, Reader, TeamId, TenantId, Timestamp, VisitorId};
use std::{sync::Arc, time::Duration};

const TENANT: TenantId = TenantId::from_parts(1, 1);
/// The longest refresh interval of an adapter.
const SOON: Duration = Duration::from_secs(10);

/// Runs every property against a fresh, empty index.
pub async fn suite(new: impl AsyncFn() -> Arc<dyn Search>) {
    words_are_found_in_any_script(&*new().await).await;
    a_word_is_found_by_its_beginning(&*new().await).await;
    all_words_must_be_there(&*new().await).await;
    operators_are_just_text(&*new().await).await;
    highlights_are_the_text_and_nothing_else(&*new().await).await;
    tenants_do_not_see_each_other(&*new().await).await;
    visitors_do_not_see_notes(&*new().await).await;
    filters_narrow(&*new().await).await;
    pages_are_newest_first_without_hole_or_double(&*new().await).await;
    pages_stay_while_entries_come(&*new().await).await;
    indexing_again_replaces(&*new().await).await;
    a_late_writer_changes_nothing(&*new().await).await;
    what_is_erased_is_not_found(&*new().await).await;
    the_lineage_stays(&*new().await).await;
    many_writers_at_once(new().await).await;
}

fn conversation(n: u64) -> ConversationId {
    ConversationId::from_parts(n, 1)
}

fn entry(n: u64, seq: u64, text: &str) -> Indexable {
    Indexable {
        tenant: TENANT,
        conversation: conversation(n),
        seq,
        at: Timestamp::from_ms((n * 1_000 + seq).cast_signed()),
        team: TeamId::from_parts(1, 1),
        visitor: VisitorId::from_parts(n, 1),
        audience: Audience::All,
        text: text.into(),
        revision: seq,
    }
}

fn query(text: &str) -> SearchQuery {
    SearchQuery {
        text: text.into(),
        reader: Reader::Agent,
        team: None,
        visitor: None,
        from: None,
        to: None,
        after: None,
        limit: 50,
    }
}

fn keys(found: &[Found]) -> Vec<(ConversationId, u64)> {
    found.iter().map(|f| (f.conversation, f.seq)).collect()
}

/// Indexes, and waits until the last one is found.
async fn fill(search: &dyn Search, entries: &[Indexable]) {
    let mark = entry(9_999, 1, "zuletztindiziert");
    search.index(entries).await.unwrap();
    search.index(std::slice::from_ref(&mark)).await.unwrap();
    until(SOON, "the index to refresh", async || !search.search(TENANT, &query(&mark.text)).await.unwrap().is_empty())
        .await;
}

async fn found(search: &dyn Search, query: &SearchQuery) -> Vec<(ConversationId, u64)> {
    keys(&search.search(TENANT, query).await.unwrap())
}

async fn words_are_found_in_any_script(search: &dyn Search) {
    let texts = [
        "My parcel has not arrived",
        "我的包裹还没有到，请帮我退款",
        "注文がまだ届いていません",
        "Größe passt nicht",
        "thanks 🎉 a lot",
    ];
    let entries: Vec<_> = (1..).zip(texts).map(|(n, text)| entry(n, 1, text)).collect();
    fill(search, &entries).await;
    for (n, words) in
        [(1, "parcel"), (1, "PARCEL arrived"), (2, "包裹"), (2, "退款"), (3, "届いて"), (4, "größe"), (5, "🎉")]
    {
        assert_eq!(found(search, &query(words)).await, [(conversation(n), 1)], "{words}");
    }
    assert!(found(search, &query("absent")).await.is_empty());
    let hit = search.search(TENANT, &query("parcel")).await.unwrap();
    assert!(hit[0].highlight.contains("\u{2}parcel\u{3}"), "{:?}", hit[0].highlight);
}

async fn a_word_is_found_by_its_beginning(search: &dyn Search) {
    fill(search, &[entry(1, 1, "Rechnungsnummer 20240017"), entry(2, 1, "我的包裹丢了")]).await;
    for (n, words) in [(1, "rechnung"), (1, "RE"), (1, "2024"), (1, "rechnung 202400"), (2, "我的包裹"), (2, "丢")]
    {
        assert_eq!(found(search, &query(words)).await, [(conversation(n), 1)], "{words}");
    }
}

async fn highlights_are_the_text_and_nothing_else(search: &dyn Search) {
    let hostile = "<script>alert('x')</script> \u{2}forged\u{3} <b>&amp; refund</b> \u{3}退款\u{2}";
    fill(
        search,
        &[entry(1, 1, hostile), entry(2, 1, &format!("{} needle {}", "hay ".repeat(200), "hay ".repeat(200)))],
    )
    .await;
    for (words, hits) in [("refund", vec!["refund"]), ("退款", vec!["退款"]), ("refund 退款", vec!["refund", "退款"])]
    {
        let [hit] = &search.search(TENANT, &query(words)).await.unwrap()[..] else { panic!("{words}: one is found") };
        let pieces: Vec<_> = hit.highlight.split(HIT_BEGINS).collect();
        let marked: Vec<_> = pieces[1..].iter().map(|piece| piece.split_once(HIT_ENDS).unwrap().0).collect();
        assert_eq!(marked, hits, "{:?}", hit.highlight);
        // Escaping is for who shows it: what stands here is what was written.
        let plain = hit.highlight.replace([HIT_BEGINS, HIT_ENDS], "");
        assert!(unmarked(hostile).contains(&plain), "{plain:?}");
    }
    let far = &search.search(TENANT, &query("needle")).await.unwrap()[0].highlight;
    assert!(far.contains("\u{2}needle\u{3}") && far.len() < 500, "{far:?}");
}

async fn all_words_must_be_there(search: &dyn Search) {
    fill(search, &[entry(1, 1, "red bicycle"), entry(2, 1, "red kettle"), entry(3, 1, "blue bicycle")]).await;
    assert_eq!(found(search, &query("red bicycle")).await, [(conversation(1), 1)]);
    assert_eq!(found(search, &query("bicycle red")).await, [(conversation(1), 1)]);
}

async fn operators_are_just_text(search: &dyn Search) {
    fill(search, &[entry(1, 1, "invoice AND receipt (no. 17)"), entry(2, 1, "nothing of that")]).await;
    for odd in [
        "\"invoice",
        "invoice*",
        "(invoice",
        "invoice OR",
        "NEAR(invoice)",
        "-invoice",
        "text:invoice",
        "invoice'--",
        "%",
        "\\",
        "",
    ] {
        let answer = search.search(TENANT, &query(odd)).await.unwrap();
        assert!(keys(&answer).iter().all(|(c, _)| *c == conversation(1)), "{odd} found too much");
    }
    assert_eq!(found(search, &query("invoice AND receipt")).await, [(conversation(1), 1)]);
}

async fn tenants_do_not_see_each_other(search: &dyn Search) {
    let other = TenantId::from_parts(2, 2);
    fill(search, &[entry(1, 1, "shared word"), Indexable { tenant: other, ..entry(2, 1, "shared word") }]).await;
    assert_eq!(found(search, &query("shared")).await, [(conversation(1), 1)]);
    assert_eq!(keys(&search.search(other, &query("shared")).await.unwrap()), [(conversation(2), 1)]);
}

async fn visitors_do_not_see_notes(search: &dyn Search) {
    let note = Indexable { audience: Audience::Agents, ..entry(1, 2, "secret remark") };
    fill(search, &[entry(1, 1, "open remark"), note]).await;
    let visitor = SearchQuery { reader: Reader::Visitor, ..query("remark") };
    assert_eq!(found(search, &visitor).await, [(conversation(1), 1)]);
    assert_eq!(found(search, &query("remark")).await.len(), 2);
}

async fn filters_narrow(search: &dyn Search) {
    let other_team = TeamId::from_parts(2, 2);
    fill(search, &[entry(1, 1, "order"), entry(2, 1, "order"), Indexable { team: other_team, ..entry(3, 1, "order") }])
        .await;
    let team = SearchQuery { team: Some(other_team), ..query("order") };
    assert_eq!(found(search, &team).await, [(conversation(3), 1)]);
    let visitor = SearchQuery { visitor: Some(VisitorId::from_parts(2, 1)), ..query("order") };
    assert_eq!(found(search, &visitor).await, [(conversation(2), 1)]);
    let time =
        SearchQuery { from: Some(Timestamp::from_ms(1_500)), to: Some(Timestamp::from_ms(2_500)), ..query("order") };
    assert_eq!(found(search, &time).await, [(conversation(2), 1)]);
}

async fn pages_are_newest_first_without_hole_or_double(search: &dyn Search) {
    // Several entries of one moment: the cursor tells them apart.
    let at = Timestamp::from_ms(5_000);
    let entries: Vec<_> = (1..=20).map(|n| Indexable { at, ..entry(n % 4 + 1, n, "again") }).collect();
    fill(search, &entries).await;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = search.search(TENANT, &SearchQuery { after, limit: 7, ..query("again") }).await.unwrap();
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        after = Some((last.at, last.conversation, last.seq));
        all.extend(page);
    }
    assert!(all.is_sorted_by(|a, b| a.at >= b.at));
    let mut seen = keys(&all);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((all.len(), seen.len()), (20, 20));
}

async fn pages_stay_while_entries_come(search: &dyn Search) {
    let entries: Vec<_> = (1..=9).map(|n| entry(n, 1, "moving")).collect();
    fill(search, &entries).await;
    let page = |after| SearchQuery { after, limit: 3, ..query("moving") };
    let (mut seen, mut after) = (Vec::new(), None);
    for round in 0..3 {
        let found = search.search(TENANT, &page(after)).await.unwrap();
        after = found.last().map(|last| (last.at, last.conversation, last.seq));
        seen.extend(found.iter().map(|found| found.conversation));
        // Newer than all that is looked at.
        fill(search, &[entry(100 + round, 1, "moving")]).await;
    }
    let expected: Vec<_> = (1..=9).rev().map(conversation).collect();
    assert_eq!(seen, expected);
}

async fn a_late_writer_changes_nothing(search: &dyn Search) {
    let edited = Indexable { revision: 5, ..entry(1, 1, "afterwards") };
    fill(search, &[edited]).await;
    fill(search, &[entry(1, 1, "before"), entry(1, 2, "beside")]).await;
    assert_eq!(found(search, &query("beside")).await, [(conversation(1), 2)]);
    assert!(found(search, &query("before")).await.is_empty());
    assert_eq!(found(search, &query("afterwards")).await, [(conversation(1), 1)]);
}

async fn the_lineage_stays(search: &dyn Search) {
    let lineage = search.lineage().await.unwrap();
    fill(search, &[entry(1, 1, "word")]).await;
    assert_eq!(search.lineage().await.unwrap(), lineage);
}

async fn indexing_again_replaces(search: &dyn Search) {
    fill(search, &[entry(1, 1, "before")]).await;
    fill(search, &[entry(1, 1, "afterwards"), entry(1, 1, "afterwards")]).await;
    until(SOON, "the old words to go", async || found(search, &query("before")).await.is_empty()).await;
    assert_eq!(found(search, &query("afterwards")).await, [(conversation(1), 1)]);
}

async fn what_is_erased_is_not_found(search: &dyn Search) {
    fill(search, &[entry(1, 1, "to forget"), entry(1, 2, "to forget")]).await;
    for _ in 0..2 {
        search.erase(TENANT, conversation(1), &[1, 77]).await.unwrap();
    }
    let gone = async || found(search, &query("forget")).await == [(conversation(1), 2)];
    until(SOON, "the erased entry to go", gone).await;
    // A node that read it before it was erased.
    fill(search, &[entry(1, 1, "to forget"), Indexable { revision: 90, ..entry(1, 77, "to forget") }]).await;
    assert!(gone().await, "what was erased came back");
}

async fn many_writers_at_once(search: Arc<dyn Search>) {
    let tasks: Vec<_> = (1..=10)
        .map(|n| {
            let search = Arc::clone(&search);
            tokio::spawn(async move {
                for seq in 1..=5 {
                    search.index(&[entry(n, seq, "crowd")]).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    until(SOON, "all entries", async || found(&*search, &query("crowd")).await.len() == 50).await;
}
