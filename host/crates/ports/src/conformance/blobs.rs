//! The contract of `Blobs`.

use crate::Blobs;
use bytes::Bytes;
use model::{TenantId, plugin::Digest};
use std::sync::Arc;

const TENANT: TenantId = TenantId::from_parts(1, 1);

/// Runs every property against a fresh, empty store of blobs.
pub async fn suite(new: impl AsyncFn() -> Arc<dyn Blobs>) {
    what_was_put_is_there(&*new().await).await;
    the_same_bytes_are_one_blob(&*new().await).await;
    tenants_do_not_see_each_other(&*new().await).await;
    deleting_is_idempotent(&*new().await).await;
    many_writers_of_the_same_and_of_others(new().await).await;
}

async fn what_was_put_is_there(blobs: &dyn Blobs) {
    for bytes in [Bytes::new(), Bytes::from_static(b"a"), Bytes::from(vec![7; 3 << 20])] {
        let digest = blobs.put(TENANT, bytes.clone()).await.unwrap();
        assert_eq!(digest, Digest::of(&bytes));
        assert!(blobs.get(TENANT, digest).await.unwrap().unwrap() == bytes);
    }
    assert!(blobs.get(TENANT, Digest::of(b"never put")).await.unwrap().is_none());
}

async fn the_same_bytes_are_one_blob(blobs: &dyn Blobs) {
    let first = blobs.put(TENANT, Bytes::from_static(b"same")).await.unwrap();
    assert_eq!(blobs.put(TENANT, Bytes::from_static(b"same")).await.unwrap(), first);
    blobs.delete(TENANT, first).await.unwrap();
    assert!(blobs.get(TENANT, first).await.unwrap().is_none());
}

async fn tenants_do_not_see_each_other(blobs: &dyn Blobs) {
    let other = TenantId::from_parts(2, 2);
    let digest = blobs.put(TENANT, Bytes::from_static(b"ours")).await.unwrap();
    assert!(blobs.get(other, digest).await.unwrap().is_none());
    blobs.delete(other, digest).await.unwrap();
    assert!(blobs.get(TENANT, digest).await.unwrap().is_some());
}

async fn deleting_is_idempotent(blobs: &dyn Blobs) {
    let digest = blobs.put(TENANT, Bytes::from_static(b"gone")).await.unwrap();
    for _ in 0..2 {
        blobs.delete(TENANT, digest).await.unwrap();
    }
    assert_eq!(blobs.put(TENANT, Bytes::from_static(b"gone")).await.unwrap(), digest);
    assert!(blobs.get(TENANT, digest).await.unwrap().is_some(), "deleted and put again");
}

async fn many_writers_of_the_same_and_of_others(blobs: Arc<dyn Blobs>) {
    let tasks: Vec<_> = (0..32_u8)
        .map(|n| {
            let blobs = Arc::clone(&blobs);
            tokio::spawn(async move {
                let bytes = Bytes::from(vec![n % 4; 100_000]);
                let digest = blobs.put(TENANT, bytes.clone()).await.unwrap();
                assert!(blobs.get(TENANT, digest).await.unwrap().unwrap() == bytes, "whole or not at all");
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
