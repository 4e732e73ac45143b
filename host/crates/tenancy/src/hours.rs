//! Business hours of teams and holidays of the tenant.

use crate::{
    Tenancy, Versioned,
    refusals::{line, unavailable},
    resources::Document,
};
use model::{
    Caller, Code, Refusal, ResourceId, TeamId, TenantId,
    hours::{Holiday, Hours, Standing, TeamHours},
};
use ports::store::{Page, ResourceKind, timetable};

/// Openings of one week.
const OPENINGS: usize = 7 * 6;

impl Document for TeamHours {
    const KIND: ResourceKind = ResourceKind::Hours;
    const WHAT: &'static str = "hours";
    const NAMED_BY: &'static str = "team";
    fn name(&self) -> String {
        self.team.to_string()
    }
}

impl Document for Holiday {
    const KIND: ResourceKind = ResourceKind::Holiday;
    const WHAT: &'static str = "holiday";
    const NAMED_BY: &'static str = "date";
    /// One for each date and team.
    fn name(&self) -> String {
        self.team.map_or_else(|| self.date.to_string(), |team| format!("{} {team}", self.date))
    }
}

impl Tenancy {
    pub async fn all_hours(
        &self,
        tenant: TenantId,
        page: Page<ResourceId>,
    ) -> Result<Vec<Versioned<TeamHours>>, Refusal> {
        self.documents(tenant, page).await
    }
    pub async fn hours_of(&self, tenant: TenantId, team: TeamId) -> Result<Versioned<TeamHours>, Refusal> {
        self.document(tenant, of_team(team)).await
    }
    /// Version 0: the team has no hours yet.
    pub async fn set_hours(
        &self,
        by: &Caller,
        team: TeamId,
        version: u64,
        hours: Hours,
    ) -> Result<Versioned<TeamHours>, Refusal> {
        self.team(by.tenant, team).await?;
        let hours = TeamHours { team, hours: checked(hours)? };
        if version == 0 {
            self.add_document(by, of_team(team), &hours).await
        } else {
            self.change_document(by, of_team(team), version, &hours).await
        }
    }
    /// The team is always open again.
    pub async fn delete_hours(&self, by: &Caller, team: TeamId, version: u64) -> Result<(), Refusal> {
        self.delete_document::<TeamHours>(by, of_team(team), version).await
    }

    pub async fn holidays(&self, tenant: TenantId, page: Page<ResourceId>) -> Result<Vec<Versioned<Holiday>>, Refusal> {
        self.documents(tenant, page).await
    }
    pub async fn holiday(&self, tenant: TenantId, id: ResourceId) -> Result<Versioned<Holiday>, Refusal> {
        self.document(tenant, id).await
    }
    pub async fn add_holiday(&self, by: &Caller, holiday: Holiday) -> Result<Versioned<Holiday>, Refusal> {
        let holiday = self.checked_holiday(by.tenant, holiday).await?;
        self.add_document(by, self.ids.resource(), &holiday).await
    }
    pub async fn change_holiday(
        &self,
        by: &Caller,
        id: ResourceId,
        version: u64,
        holiday: Holiday,
    ) -> Result<Versioned<Holiday>, Refusal> {
        let holiday = self.checked_holiday(by.tenant, holiday).await?;
        self.change_document(by, id, version, &holiday).await
    }
    pub async fn delete_holiday(&self, by: &Caller, id: ResourceId, version: u64) -> Result<(), Refusal> {
        self.delete_document::<Holiday>(by, id, version).await
    }

    /// Whether a team is open now.
    pub async fn standing(&self, tenant: TenantId, team: TeamId) -> Result<Standing, Refusal> {
        let timetable = timetable(&*self.store, tenant).await.map_err(unavailable)?;
        Ok(timetable.standing(team, self.clock.now()))
    }

    async fn checked_holiday(&self, tenant: TenantId, holiday: Holiday) -> Result<Holiday, Refusal> {
        if let Some(team) = holiday.team {
            self.team(tenant, team).await.map_err(|e| e.field("team"))?;
        }
        Ok(Holiday { name: line("name", &holiday.name)?, ..holiday })
    }
}

const fn of_team(team: TeamId) -> ResourceId {
    ResourceId::from_bytes(team.to_bytes())
}

fn checked(mut hours: Hours) -> Result<Hours, Refusal> {
    if !hours.has_zone() {
        return Err(Refusal::bad("time_zone", "a time zone is like Asia/Shanghai"));
    }
    if hours.week.len() > OPENINGS {
        return Err(Refusal::new(Code::TooLarge, format!("at most {OPENINGS} openings")).field("week"));
    }
    for (n, opening) in hours.week.iter().enumerate() {
        if opening.from >= opening.to {
            return Err(Refusal::bad(format!("week.{n}.to"), "after `from`; a night is two openings"));
        }
    }
    hours.week.sort_by_key(|opening| (opening.day, opening.from));
    Ok(hours)
}
