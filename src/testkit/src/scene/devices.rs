//! Devices of an account and principals linked to it.

use super::Scene;
use crate::backend::Backend;
use calisec_sdk::identity::Identity;
use calisec_types::membership::{AddDeviceArg, Consent, LinkPrincipalArg, RotateDeviceArg, RotationSignature, Scope};
use calisec_types::signing::{DeviceBinding, DeviceRotation, PrincipalLink};
use candid::Principal;
use serde_bytes::ByteBuf;

impl<B: Backend> Scene<'_, B> {
    /// Signed by both: `device` acts for `owner` within a scope until it is revoked.
    ///
    /// # Panics
    /// Never: both keys are named in what they sign.
    pub fn device(&self, owner: &Identity, device: &Identity, scope: Scope, nonce: u64) -> AddDeviceArg {
        let consent = Consent { nonce, valid_until: self.soon() };
        let payload = DeviceBinding {
            network: self.deployment.network(),
            canister: self.deployment.ids.membership,
            group: self.context().own_group(),
            account: owner.account(),
            device: device.device(),
            scope: scope.rights(),
            kem_key: device.kem_key(),
            expires_at: None,
            rotate_every: None,
            nonce,
            valid_until: consent.valid_until,
        };
        let signed = |by: &Identity| ByteBuf::from(by.sign_device_binding(&payload).expect("is named"));
        AddDeviceArg {
            context: self.context(),
            account: owner.account(),
            key: device.device(),
            scope,
            kem_key: device.kem_key(),
            expires_at: None,
            rotate_every: None,
            consent,
            account_signature: Some(signed(owner)),
            device_signature: signed(device),
        }
    }

    /// Signed by both: the device has the new key instead of the old one.
    ///
    /// # Panics
    /// Never: both keys are named in what they sign.
    pub fn rotation(&self, owner: &Identity, old: &Identity, new: &Identity, nonce: u64) -> RotateDeviceArg {
        let consent = Consent { nonce, valid_until: self.soon() };
        let payload = DeviceRotation {
            network: self.deployment.network(),
            canister: self.deployment.ids.membership,
            group: self.context().own_group(),
            account: owner.account(),
            old: old.device(),
            new: new.device(),
            kem_key: new.kem_key(),
            nonce,
            valid_until: consent.valid_until,
        };
        let signed = |by: &Identity| ByteBuf::from(by.sign_device_rotation(&payload).expect("is named"));
        RotateDeviceArg {
            context: self.context(),
            account: owner.account(),
            old: old.device(),
            new: new.device(),
            kem_key: new.kem_key(),
            consent,
            signature: RotationSignature::Device(signed(old)),
            new_signature: signed(new),
        }
    }

    /// Signed by the account key: `principal` acts for `owner`. The principal has to call with it.
    ///
    /// # Panics
    /// Never: the key is named in what it signs.
    pub fn link(&self, owner: &Identity, principal: Principal, nonce: u64) -> LinkPrincipalArg {
        let consent = Consent { nonce, valid_until: self.soon() };
        let payload = PrincipalLink {
            network: self.deployment.network(),
            canister: self.deployment.ids.membership,
            group: self.context().own_group(),
            account: owner.account(),
            device: None,
            principal,
            nonce,
            valid_until: consent.valid_until,
        };
        let signature = ByteBuf::from(owner.sign_principal_link(&payload).expect("is named"));
        LinkPrincipalArg { context: self.context(), account: owner.account(), device: None, consent, signature }
    }
}
