//! The secret of the edge: made once, the same for every environment.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    Store,
    condition::Condition,
    error::StoreError,
    items::EdgeSecretItem,
    keys,
    transaction::{Outcome, Transaction},
};

impl Store {
    /// The secret from which the edge derives its keys; made on first use. Where two environments
    /// make it at once, both get that of the first.
    pub async fn edge_secret(&self) -> Result<[u8; 32], StoreError> {
        if let Some(item) = self.table.get::<EdgeSecretItem>(keys::edge_secret()).await? {
            return decode(&item);
        }
        let fresh: [u8; 32] = rand::random();
        let mut transaction = Transaction::default();
        let item = EdgeSecretItem { secret: URL_SAFE_NO_PAD.encode(fresh) };
        transaction.put(&item, &Condition::absent())?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(fresh),
            Outcome::Refused(_) => {
                let item = self.table.get::<EdgeSecretItem>(keys::edge_secret()).await?;
                decode(&item.ok_or_else(|| StoreError::corrupt("edge secret vanished"))?)
            }
        }
    }
}

fn decode(item: &EdgeSecretItem) -> Result<[u8; 32], StoreError> {
    let bytes = URL_SAFE_NO_PAD.decode(&item.secret).map_err(StoreError::corrupt)?;
    bytes.try_into().map_err(|_| StoreError::corrupt("edge secret of another length"))
}
