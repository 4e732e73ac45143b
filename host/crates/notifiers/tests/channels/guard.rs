//! Nothing but the public internet is reached (SSRF), unless the operator says so.

use crate::{
    names::Names,
    receiver::{Receiver, Reply},
    webhook::{parcel, webhook},
};
use model::notification::Fault;
use ports::Notifier;
use serde_json::json;

/// Refused when an administrator saves them, and again when they are sent to.
const REFUSED: &[&str] = &[
    // The own machine, in all its forms.
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://127.0.0.1:8080/",
    "http://%31%32%37.0.0.1/",
    "http://127。0。0。1/",
    "http://127.0.0.1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://0/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]:9003/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://[::1%25lo]/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://localhoſt/",
    "http://admin.localhost/",
    // The own network.
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:c0a8:1]/",
    "http://[fc00::1]/",
    "http://[fd12:3456::1]/",
    "http://[fe80::1]/",
    "http://100.64.0.1/",
    "http://redis/",
    "http://printer.local/",
    "http://db.internal/",
    "http://router.home.arpa/",
    // Where clouds keep their secrets.
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    "http://metadata.google.internal/",
    // IPv4 wrapped in IPv6.
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    // For special purposes.
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://198.51.100.7/",
    "http://203.0.113.9/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[100::1]/",
    // Schemes, credentials, ports.
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "//example.com/",
    "example.com",
    "http://",
    "https://name@example.com/",
    "https://name:password@example.com/",
    "https://@example.com/",
    "https://example.com@127.0.0.1/",
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:0/",
    "http://example.com:99999/",
    // What readers of URLs read differently.
    "http://example.com\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http://127.0.0.1\t.example.com/",
    " http://example.com/",
    "http://exa mple.com/",
    "http://example.com/\r\nhost: 127.0.0.1",
    "https://example.com./",
    "http://1.2.3.4.5/",
    "http://256.256.256.256/",
    "http://[::1/",
];

#[tokio::test]
async fn no_form_of_a_forbidden_address_gets_through() {
    // Would lead anywhere: a name that is let through is a request that is made.
    let names = Names::answering(&[&["127.0.0.1"]]);
    let hook = webhook(&[], names.clone());
    for url in REFUSED {
        let refusal = hook.check(&json!({ "url": url })).err().unwrap_or_else(|| panic!("{url} is accepted"));
        assert_eq!(refusal.field, "url");
        let failure = hook.send(&parcel(url)).await.unwrap_err();
        assert_eq!((failure.fault, failure.status), (Fault::Refused, 0), "{url}: {failure}");
    }
    assert!(names.asked().is_empty(), "all of them are refused before anybody is asked");
    assert!(REFUSED.len() >= 25);
}

#[test]
fn usual_addresses_are_fine() {
    let hook = webhook(&[], Names::answering(&[]));
    for url in [
        "https://example.com",
        "http://example.com/",
        "https://EXAMPLE.com:8443/a/b?c=d#e",
        "https://bücher.example/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:9443/",
        "http://localhost.example.com/",
        "http://172.32.0.1/",
        "http://100.128.0.1/",
    ] {
        hook.check(&json!({ "url": url })).unwrap_or_else(|refusal| panic!("{url}: {refusal}"));
    }
}

#[tokio::test]
async fn a_name_that_leads_home_is_refused() {
    for answer in [
        &["127.0.0.1"][..],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["10.0.0.8"],
        &["169.254.169.254"],
        &["fd00::8"],
        &["64:ff9b::7f00:1"],
        &["0.0.0.0"],
        // One bad address among good ones: the name is not to be trusted.
        &["93.184.216.34", "10.0.0.8"],
        &["2606:4700::1111", "::1"],
    ] {
        let names = Names::answering(&[answer]);
        let failure = webhook(&[], names.clone()).send(&parcel("http://shop.example:8080/")).await.unwrap_err();
        assert_eq!(failure.fault, Fault::Refused, "{answer:?}");
        assert!(failure.message.contains("leads to"), "{failure}");
        assert!(!failure.message.contains(answer[0]), "the own network's addresses are nobody's business: {failure}");
        assert_eq!(names.asked(), ["shop.example"]);
    }
}

#[tokio::test]
async fn a_name_that_changes_its_answer_gains_nothing() {
    let good = Receiver::bind("127.0.0.2:0", |_| Reply::ok()).await;
    let inner = Receiver::bind(&format!("127.0.0.1:{}", good.at.port()), |_| Reply::ok()).await;
    let names = Names::answering(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let hook = webhook(&["127.0.0.2"], names.clone());
    let parcel = parcel(&format!("http://rebind.example:{}/", good.at.port()));

    hook.send(&parcel).await.unwrap();
    assert_eq!(names.asked().len(), 1, "what was checked is what was connected to");
    assert_eq!((good.got().len(), inner.got().len()), (1, 0));

    // The kept connection is of no use either: the name leads elsewhere now.
    assert_eq!(hook.send(&parcel).await.unwrap_err().fault, Fault::Refused);
    assert_eq!((good.got().len(), inner.connections()), (1, 0));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inner = Receiver::start(|_| Reply::ok()).await;
    for status in ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"] {
        let reply = Reply::answer(status, &format!("location: {}\r\n", inner.url()), "");
        let receiver = Receiver::bind("127.0.0.2:0", move |_| reply.clone()).await;
        let failure = webhook(&["127.0.0.2"], Names::answering(&[])).send(&parcel(&receiver.url())).await.unwrap_err();
        assert_eq!(failure.fault, Fault::Refused);
        assert!(failure.message.contains("redirect"), "{failure}");
    }
    assert_eq!(inner.connections(), 0);
}

#[tokio::test]
async fn the_operator_makes_exceptions() {
    let receiver = Receiver::start(|_| Reply::ok()).await;
    let port = receiver.at.port();
    let names = || Names::answering(&[&["127.0.0.1"]]);
    // A range, an address, an address in IPv6 clothes, a name.
    for (allow, host) in [
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.0.0.1", "receiver.example"),
        ("::ffff:127.0.0.1", "[::ffff:127.0.0.1]"),
        ("receiver.internal", "receiver.internal"),
        ("localhost", "LOCALHOST"),
    ] {
        let hook = webhook(&[allow], names());
        let parcel = parcel(&format!("http://{host}:{port}/"));
        hook.check(&parcel.address).unwrap_or_else(|refusal| panic!("{allow}: {refusal}"));
        hook.send(&parcel).await.unwrap_or_else(|failure| panic!("{allow}: {failure}"));
    }
    // An exception is for itself alone.
    for (allow, host) in [
        ("127.0.0.2", "127.0.0.1"),
        ("receiver.internal", "127.0.0.1"),
        ("receiver.internal", "other.internal"),
        ("receiver.internal", "a.receiver.internal"),
        ("127.0.0.1", "localhost"),
    ] {
        let failure = webhook(&[allow], names()).send(&parcel(&format!("http://{host}:{port}/"))).await.unwrap_err();
        assert_eq!(failure.fault, Fault::Refused, "{allow} {host}");
    }
    // Not even an exception opens the ports of other servers.
    assert!(webhook(&["127.0.0.1"], names()).check(&json!({ "url": "http://127.0.0.1:25/" })).is_err());
    assert_eq!(receiver.got().len(), 5);
}
