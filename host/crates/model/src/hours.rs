//! When a team is open: its week in its own time zone, and the days on which it is closed all the same.

use crate::{TeamId, Timestamp};
use jiff::{
    Span,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Days that are looked at for the next opening.
const AHEAD_DAYS: i64 = 31;
/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A team's week. A team without hours is always open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// IANA name, for instance `Asia/Shanghai`.
    pub time_zone: String,
    pub week: Vec<Opening>,
}

/// From `from` (inclusive) to `to` (exclusive) on one day of the week. A night is two of them: until `24:00`, and from `00:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub day: Weekday,
    pub from: TimeOfDay,
    pub to: TimeOfDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A day on which teams are closed, from midnight to midnight in each team's own time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    pub date: Day,
    pub name: String,
    /// This team only; all when not given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub team: Option<TeamId>,
}

/// The hours of one team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamHours {
    pub team: TeamId,
    #[serde(flatten)]
    pub hours: Hours,
}

/// Hours and holidays of a whole tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timetable {
    pub hours: Vec<TeamHours>,
    pub holidays: Vec<Holiday>,
}

impl Timetable {
    /// How a team stands at `now`.
    pub fn standing(&self, team: TeamId, now: Timestamp) -> Standing {
        let own = self.hours.iter().find(|of| of.team == team);
        own.map_or(Standing::Open, |own| own.hours.standing(team, &self.holidays, now))
    }
}

/// Minutes since midnight, `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

/// A date, `2026-12-25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

/// Not `HH:MM`, or not `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time (HH:MM) or a date (YYYY-MM-DD)")]
pub struct NoSuchTime;

/// Whether a team is open, and if not, from when it will be (`None`: not in the next weeks).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    Closed { opens_at: Option<Timestamp> },
}

impl Hours {
    /// Whether the time zone is one that is known here.
    pub fn has_zone(&self) -> bool {
        TimeZone::get(&self.time_zone).is_ok()
    }

    /// How a team with these hours stands at `now`. `holidays` are the tenant's. A time zone that is not known here leaves the
    /// team open: hours may delay nobody by mistake.
    pub fn standing(&self, team: TeamId, holidays: &[Holiday], now: Timestamp) -> Standing {
        let Ok(zone) = TimeZone::get(&self.time_zone) else { return Standing::Open };
        let Ok(at) = jiff::Timestamp::from_millisecond(now.as_ms()) else { return Standing::Open };
        let local = zone.to_datetime(at);
        let minute = local.time().hour() as u16 * 60 + local.time().minute() as u16;
        let open = self.on(team, holidays, local.date()).any(|o| o.from.0 <= minute && minute < o.to.0);
        if open {
            Standing::Open
        } else {
            Standing::Closed { opens_at: self.next(team, holidays, &zone, local.date(), now) }
        }
    }

    /// The first opening after `now`, which is on `today`.
    fn next(
        &self,
        team: TeamId,
        holidays: &[Holiday],
        zone: &TimeZone,
        today: Date,
        now: Timestamp,
    ) -> Option<Timestamp> {
        (0..=AHEAD_DAYS).find_map(|days| {
            let date = today.checked_add(Span::new().days(days)).ok()?;
            let begins = self.on(team, holidays, date).filter_map(|opening| {
                let begin = zone.to_timestamp(date.to_datetime(opening.from.time()?)).ok()?;
                Some(Timestamp::from_ms(begin.as_millisecond())).filter(|begin| *begin > now)
            });
            begins.min()
        })
    }

    /// The openings of one date.
    fn on<'a>(&'a self, team: TeamId, holidays: &[Holiday], date: Date) -> impl Iterator<Item = &'a Opening> {
        let closed = holidays.iter().any(|h| h.date.0 == date && h.team.is_none_or(|of| of == team));
        let day = Weekday::of(date);
        self.week.iter().filter(move |opening| !closed && opening.day == day)
    }
}

impl Weekday {
    fn of(date: Date) -> Self {
        match date.weekday() {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

impl TimeOfDay {
    /// `None` for `24:00`, at which nothing begins.
    fn time(self) -> Option<Time> {
        Time::new((self.0 / 60) as i8, (self.0 % 60) as i8, 0, 0).ok()
    }
}

impl FromStr for TimeOfDay {
    type Err = NoSuchTime;
    fn from_str(text: &str) -> Result<Self, NoSuchTime> {
        let (hours, minutes) = text.split_once(':').ok_or(NoSuchTime)?;
        let number = |part: &str| {
            let fits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| fits).ok_or(NoSuchTime)
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let all = hours * 60 + minutes;
        if minutes < 60 && all <= DAY { Ok(Self(all)) } else { Err(NoSuchTime) }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for Day {
    type Err = NoSuchTime;
    fn from_str(text: &str) -> Result<Self, NoSuchTime> {
        if text.len() != "2026-12-25".len() {
            return Err(NoSuchTime);
        }
        text.parse().map(Self).map_err(|_| NoSuchTime)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
as_text! { TimeOfDay Day }

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str, week: &[(Weekday, &str, &str)]) -> Hours {
        let opening = |(day, from, to): &(Weekday, &str, &str)| Opening {
            day: *day,
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        };
        Hours { time_zone: zone.into(), week: week.iter().map(opening).collect() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const TEAM: TeamId = TeamId::from_parts(1, 1);

    #[test]
    fn a_team_is_open_in_its_own_time_zone() {
        use Weekday::{Friday, Monday};
        let shanghai = hours("Asia/Shanghai", &[(Monday, "09:00", "18:00"), (Friday, "09:00", "12:00")]);
        // 2026-11-23 is a Monday; Shanghai is eight hours ahead.
        for (moment, open) in [
            ("2026-11-23T00:59:59.999Z", false),
            ("2026-11-23T01:00:00Z", true),
            ("2026-11-23T09:59:59Z", true),
            ("2026-11-23T10:00:00Z", false),
            ("2026-11-22T16:30:00Z", false),
            ("2026-11-27T03:00:00Z", true),
        ] {
            assert_eq!(shanghai.standing(TEAM, &[], at(moment)) == Standing::Open, open, "{moment}");
        }
        let evening = shanghai.standing(TEAM, &[], at("2026-11-23T12:00:00Z"));
        assert_eq!(evening, Standing::Closed { opens_at: Some(at("2026-11-27T01:00:00Z")) });
    }

    #[test]
    fn a_holiday_closes_its_day_and_summer_time_moves_the_hours() {
        use Weekday::{Saturday, Sunday};
        let berlin = hours("Europe/Berlin", &[(Saturday, "08:00", "24:00"), (Sunday, "00:00", "10:00")]);
        // 2026-03-29 is the Sunday on which the clocks go forward at 01:00 UTC.
        assert_eq!(berlin.standing(TEAM, &[], at("2026-03-28T23:30:00Z")), Standing::Open, "the night is one");
        assert_eq!(berlin.standing(TEAM, &[], at("2026-03-29T07:59:00Z")), Standing::Open);
        assert_ne!(berlin.standing(TEAM, &[], at("2026-03-29T08:00:00Z")), Standing::Open);
        let closed = |team| Holiday { date: "2026-03-28".parse().unwrap(), name: "Fair".into(), team };
        let during = at("2026-03-28T12:00:00Z");
        let sunday = Standing::Closed { opens_at: Some(at("2026-03-28T23:00:00Z")) };
        assert_eq!(berlin.standing(TEAM, &[closed(None)], during), sunday);
        assert_eq!(berlin.standing(TEAM, &[closed(Some(TEAM))], during), sunday);
        assert_eq!(berlin.standing(TEAM, &[closed(Some(TeamId::from_parts(2, 2)))], during), Standing::Open);
    }

    #[test]
    fn a_week_without_openings_never_opens_and_an_unknown_zone_closes_nobody() {
        let now = at("2026-11-23T12:00:00Z");
        assert_eq!(hours("UTC", &[]).standing(TEAM, &[], now), Standing::Closed { opens_at: None });
        assert_eq!(hours("Mars/Olympus", &[]).standing(TEAM, &[], now), Standing::Open);
        assert!(!hours("Mars/Olympus", &[]).has_zone() && hours("America/New_York", &[]).has_zone());
    }

    #[test]
    fn times_and_dates_are_read_strictly() {
        for good in ["00:00", "09:30", "24:00"] {
            assert_eq!(good.parse::<TimeOfDay>().unwrap().to_string(), good);
        }
        for odd in ["9:30", "24:01", "12:60", "+1:00", "12", "", "12:00:00"] {
            assert!(odd.parse::<TimeOfDay>().is_err(), "{odd}");
        }
        assert_eq!("2026-12-25".parse::<Day>().unwrap().to_string(), "2026-12-25");
        for odd in ["2026-02-30", "25.12.2026", "2026-12-25T00:00", "20261225"] {
            assert!(odd.parse::<Day>().is_err(), "{odd}");
        }
    }
}
