//! Which role may send which command and read which resource. One table, tested cell by cell.

use crate::Role;

/// Something that a caller may be allowed to do. Names are PROTOCOL.md's commands and resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Open,
    Send,
    SendNote,
    Mark,
    Typing,
    Preview,
    Edit,
    Recall,
    SetStatus,
    AnswerOffer,
    Take,
    Transfer,
    Invite,
    Leave,
    Close,
    Reopen,
    Rate,
    LeaveMessage,
    Watch,
    ReadOwnConversations,
    ReadTenantConversations,
    ReadDecisions,
    ReplayDecision,
    Search,
    Upload,
    ReadPresence,
    ReadAgents,
    ManageAgents,
    ManageTeams,
    ManageChannels,
    ManageSettings,
    ManagePlugins,
    ManageTokens,
    ReadAudit,
    ReadHours,
    ManageHours,
    ReadCannedReplies,
    ManageCannedReplies,
    ReadLabels,
    ManageLabels,
    ManageTargets,
    ReadNotifications,
    Redrive,
    Announce,
    ManageTenants,
}

impl Action {
    pub const ALL: [Self; 45] = [
        Self::Open,
        Self::Send,
        Self::SendNote,
        Self::Mark,
        Self::Typing,
        Self::Preview,
        Self::Edit,
        Self::Recall,
        Self::SetStatus,
        Self::AnswerOffer,
        Self::Take,
        Self::Transfer,
        Self::Invite,
        Self::Leave,
        Self::Close,
        Self::Reopen,
        Self::Rate,
        Self::LeaveMessage,
        Self::Watch,
        Self::ReadOwnConversations,
        Self::ReadTenantConversations,
        Self::ReadDecisions,
        Self::ReplayDecision,
        Self::Search,
        Self::Upload,
        Self::ReadPresence,
        Self::ReadAgents,
        Self::ManageAgents,
        Self::ManageTeams,
        Self::ManageChannels,
        Self::ManageSettings,
        Self::ManagePlugins,
        Self::ManageTokens,
        Self::ReadAudit,
        Self::ReadHours,
        Self::ManageHours,
        Self::ReadCannedReplies,
        Self::ManageCannedReplies,
        Self::ReadLabels,
        Self::ManageLabels,
        Self::ManageTargets,
        Self::ReadNotifications,
        Self::Redrive,
        Self::Announce,
        Self::ManageTenants,
    ];
}

/// Whether `role` may do `action` at all. What it may do it *to* (membership, tenant) is decided where the thing is loaded.
pub const fn may(role: Role, action: Action) -> bool {
    use Action as A;
    let (visitor, agent, supervisor, admin, operator) = match action {
        A::Open | A::Rate | A::LeaveMessage | A::Preview => (true, false, false, false, false),
        A::Send
        | A::Mark
        | A::Typing
        | A::Edit
        | A::Recall
        | A::Close
        | A::Reopen
        | A::Upload
        | A::ReadOwnConversations => (true, true, true, true, false),
        A::SendNote
        | A::SetStatus
        | A::AnswerOffer
        | A::Take
        | A::Transfer
        | A::Invite
        | A::Leave
        | A::ReadPresence
        | A::ReadAgents
        | A::ReadDecisions
        | A::ReadHours
        | A::ReadCannedReplies
        | A::ReadLabels
        | A::Search => (false, true, true, true, false),
        A::Watch
        | A::ReadTenantConversations
        | A::ReplayDecision
        | A::ManageCannedReplies
        | A::ReadNotifications
        | A::Announce => (false, false, true, true, false),
        A::ManageAgents
        | A::ManageTeams
        | A::ManageChannels
        | A::ManageSettings
        | A::ManagePlugins
        | A::ManageTokens
        | A::ManageHours
        | A::ManageLabels
        | A::ManageTargets
        | A::Redrive
        | A::ReadAudit => (false, false, false, true, false),
        A::ManageTenants => (false, false, false, false, true),
    };
    match role {
        Role::Visitor => visitor,
        Role::Agent => agent,
        Role::Supervisor => supervisor,
        Role::Admin => admin,
        Role::Operator => operator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `v`isitor, `a`gent, `s`upervisor, ad`m`in, `o`perator: who may, written out once more and cell by cell.
    const TABLE: [(Action, &str); 45] = [
        (Action::Open, "v----"),
        (Action::Send, "vasm-"),
        (Action::SendNote, "-asm-"),
        (Action::Mark, "vasm-"),
        (Action::Typing, "vasm-"),
        (Action::Preview, "v----"),
        (Action::Edit, "vasm-"),
        (Action::Recall, "vasm-"),
        (Action::SetStatus, "-asm-"),
        (Action::AnswerOffer, "-asm-"),
        (Action::Take, "-asm-"),
        (Action::Transfer, "-asm-"),
        (Action::Invite, "-asm-"),
        (Action::Leave, "-asm-"),
        (Action::Close, "vasm-"),
        (Action::Reopen, "vasm-"),
        (Action::Rate, "v----"),
        (Action::LeaveMessage, "v----"),
        (Action::Watch, "--sm-"),
        (Action::ReadOwnConversations, "vasm-"),
        (Action::ReadTenantConversations, "--sm-"),
        (Action::ReadDecisions, "-asm-"),
        (Action::ReplayDecision, "--sm-"),
        (Action::Search, "-asm-"),
        (Action::Upload, "vasm-"),
        (Action::ReadPresence, "-asm-"),
        (Action::ReadAgents, "-asm-"),
        (Action::ManageAgents, "---m-"),
        (Action::ManageTeams, "---m-"),
        (Action::ManageChannels, "---m-"),
        (Action::ManageSettings, "---m-"),
        (Action::ManagePlugins, "---m-"),
        (Action::ManageTokens, "---m-"),
        (Action::ReadAudit, "---m-"),
        (Action::ReadHours, "-asm-"),
        (Action::ManageHours, "---m-"),
        (Action::ReadCannedReplies, "-asm-"),
        (Action::ManageCannedReplies, "--sm-"),
        (Action::ReadLabels, "-asm-"),
        (Action::ManageLabels, "---m-"),
        (Action::ManageTargets, "---m-"),
        (Action::ReadNotifications, "--sm-"),
        (Action::Redrive, "---m-"),
        (Action::Announce, "--sm-"),
        (Action::ManageTenants, "----o"),
    ];

    #[test]
    fn every_cell_of_the_permission_table_is_as_written() {
        let roles = [Role::Visitor, Role::Agent, Role::Supervisor, Role::Admin, Role::Operator];
        assert_eq!(TABLE.map(|(action, _)| action), Action::ALL, "one row for each action");
        for (action, row) in TABLE {
            for (role, letter) in roles.into_iter().zip("vasmo".chars()) {
                assert_eq!(may(role, action), row.contains(letter), "{role:?} {action:?}");
            }
        }
    }
}
