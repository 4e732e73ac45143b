//! Somebody who has never seen weft writes a rule of their own: the commands of `docs/plugins/tutorial.md`, in an empty folder.

use serde_json::json;
use weft_tests::{Admin, Agent, Author, Node, Plan, Session, Via, Visitor, tutorial};

const LINT: &str = "cargo fmt --check && cargo clippy --quiet --all-targets -- -D warnings";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_author_puts_a_rule_in_force_and_takes_it_back() {
    let node = Plan::new("new-author").demo().start().await;
    let admin = Admin::sign_in(&node, "tea").await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let desk = ana.online(Via::Socket).await;
    let mut author = Author::new("new-author-home", node.addresses.rest());
    let mut chatted = false;
    for line in tutorial() {
        if line.starts_with("weft plugin logs") && !chatted {
            assert_eq!(decided_by(&node, &admin, &desk).await, "my-rule");
            chatted = true;
        }
        let output = author.types(&line).await;
        check(&line, &String::from_utf8_lossy(&output.stdout));
    }
    assert!(chatted, "the tutorial shows what the rule decided");
    assert_eq!(decided_by(&node, &admin, &desk).await, "least-busy", "rolled back to what ships");
    what_programs_read(&mut author).await;
    every_hook_lints(&mut author).await;
    what_goes_wrong(&mut author).await;
}

/// What the tutorial promises of a command.
fn check(line: &str, said: &str) {
    let promises = [
        ("weft plugin test", "2 vectors passed"),
        ("weft plugin build", "fuel"),
        ("weft plugin run dist/my-rule.wasm -i request.json --settings settings.json", "all_at_bound"),
        ("weft plugin inspect dist/my-rule.wasm", "weft:plugin/log@1.0.0"),
        ("weft plugin status", "prepared"),
        ("weft plugin activate my-rule", "is in force"),
        ("weft plugin logs -n 5", "because fewest_open"),
        ("weft plugin replay", "the same"),
        ("weft plugin dry-run my-rule --since 1d --settings settings.json", "1 decisions asked again"),
        ("weft plugin rollback", "is in force"),
    ];
    if let Some((_, promised)) = promises.iter().find(|(command, _)| *command == line) {
        assert!(said.contains(promised), "`{line}` was to say {promised:?}, and said:\n{said}");
    }
}

/// A visitor comes and is served; the plugin that said by whom.
async fn decided_by(node: &Node, admin: &Admin, desk: &Session) -> String {
    let visitor = Visitor::enter(node, &admin.channel_key().await, "Vera").await.session(Via::Socket).await;
    let chat = Visitor::open(&visitor, "tea").await;
    Agent::accept(desk, &chat).await;
    let decisions = admin.decisions(&chat).await;
    desk.command("close", json!({"conversation": chat})).await.unwrap();
    decisions[0]["plugin"]["name"].as_str().unwrap().to_owned()
}

/// One JSON document on standard output and nothing else.
async fn what_programs_read(author: &mut Author) {
    for line in [
        "weft plugin list --json",
        "weft plugin status --json",
        "weft plugin build --json",
        "weft plugin run dist/my-rule.wasm -i request.json --json",
        "weft plugin simulate retry fixed --down 6h --then '20% errors' --svg lab.svg --json",
        "weft plugin inspect my-rule --json",
        "weft plugin dev --once --json",
        "weft profile list --json",
        "weft target list --json",
        "weft dead-letter list --target crm --json",
    ] {
        let output = author.types(line).await;
        let document: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(document.is_object(), "{line}: {document}");
        if line.starts_with("weft plugin dev") {
            assert!(document["took_ms"].as_u64().unwrap() > 0, "{document}");
        }
    }
    // Each decision as it comes, a document on a line; whoever has seen enough goes.
    let output = author.types("(timeout 4 weft plugin logs -f --json || true) | head -n 1").await;
    let first: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(first["decision"]["fuel"].is_u64(), "{first}");
    // A kept decision is an input.
    author.types("weft plugin logs -n 1 --json > kept.json").await;
    author
        .types(r"sed -i 's/^{.items.:\[//; s/\]}$//' kept.json && weft plugin run dist/my-rule.wasm -i kept.json")
        .await;
}

/// What `new` writes passes the linter and the formatter as it is, and works.
async fn every_hook_lints(author: &mut Author) {
    author.types(&format!("weft plugin new my-routing --hook routing && cd my-routing && {LINT}")).await;
    for hook in ["notification", "retry"] {
        let line = format!("weft plugin new my-{hook} --hook {hook} && cd my-{hook} && {LINT} && weft plugin test");
        author.types(&line).await;
    }
}

/// Each mistake has its code, on standard output as JSON and with exit 1.
async fn what_goes_wrong(author: &mut Author) {
    for (command, code) in [
        ("plugin publish dist/none.wasm", "missing_file"),
        ("plugin publish request.json", "not_wasm"),
        ("plugin activate no-such-rule", "no_release"),
        ("plugin activate my-rule --settings wrong.json", "invalid_settings"),
        ("plugin activate my-rule --channel email", "bad_frame"),
        ("plugin replay 01J00000000000000000000000", "not_found"),
        ("plugin rollback --epoch 77", "not_found"),
        ("plugin list --profile nobody", "no_profile"),
        ("profile add x --server http://127.0.0.1:9003 --tenant tea --email nobody@tea.example", "unauthenticated"),
        ("plugin list --token wrong", "unauthenticated"),
        ("dead-letter redrive", "which"),
        ("target test nowhere", "no_target"),
    ] {
        author.types("echo '{\"most_open\": \"many\"}' > wrong.json").await;
        let line = format!("weft {command} --json && exit 1 || exit 0");
        let output = author.types(&line).await;
        let said: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{command}: {e}"));
        assert_eq!(said["error"]["code"], code, "{command}: {said}");
    }
}
