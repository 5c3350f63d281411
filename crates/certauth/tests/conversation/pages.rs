use crate::support::World;
#[tokio::test]
async fn debug() {
    let world = World::new().await;
    let b = world.browser();
    println!("{:?}", b.post(&format!("/{}/oauth2/v2.0/challenge", world.tenant.id), &[("client_id","lanyard")]).await);
    println!("{:?}", world.device().begin("lee@meridian.example", &[]).await);
    for p in ["/", "/nothing", "/x/discovery/v2.0/keys", "/meridian.example/v2.0/.well-known/openid-configuration"] {
        println!("{p} {:?}", b.get(p).await);
    }
}
