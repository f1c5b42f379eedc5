//! What helps: commands in order, with what each needs, risks and cuts off.

use portres_model::{DYNAMIC, PortBlock, Protocol};
use serde::Serialize;

use super::cause::CauseKind;
use super::safe::span;
use super::{Answer, Ask, Cause, Doctor, Fate, Owner, owner};

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The command, or what to do where there is none.
    pub command: String,
    /// What it needs.
    pub needs: &'static str,
    /// What it risks or cuts off.
    pub risk: String,
    /// Why it helps.
    pub why: String,
}

const NOTHING: &str = "nothing";
const ELEVATED: &str = "an elevated prompt";
const RESTART: &str = "an elevated prompt, and a restart";

fn step(
    command: impl Into<String>,
    needs: &'static str,
    risk: impl Into<String>,
    why: impl Into<String>,
) -> Advice {
    Advice { command: command.into(), needs, risk: risk.into(), why: why.into() }
}

impl Doctor<'_> {
    /// The steps for an answer.
    pub(super) fn advice(&self, answer: &Answer) -> Vec<Advice> {
        let (ask, mut steps) = (&answer.ask, Vec::new());
        let moved = ask.protocol().filter(|p| self.outside_the_default(*p).is_some());
        if let Some(protocol) = moved.filter(|_| answer.safe.is_empty()) {
            steps.push(step(
                format!("netsh interface ipv4 show dynamicport {protocol}"),
                NOTHING,
                "none",
                "the rows show that the range has moved: with it, --dynamic tells which ports stay free",
            ));
        }
        if let Ask::Free { protocol, .. } = ask {
            match answer.safe.first().and_then(super::Safe::block) {
                Some(block) => steps.push(exclude(*protocol, block)),
                None => self.move_the_range(*protocol, &mut steps),
            }
            return steps;
        }
        let (Some(protocol), Some(block)) = (ask.protocol(), ask.block()) else { return steps };
        // a row with a star does not keep WSL out (EV-74)
        let nothing = answer.rows.is_empty() || answer.fate() == Fate::Granted;
        let wsl = nothing && block.meets(owner::MIRRORED);
        if wsl {
            steps.push(step(
                "wsl --shutdown",
                NOTHING,
                "stops every distribution of WSL, and what runs in it",
                "if the port is refused all the same, WSL has it as long as its machine runs (EV-113)",
            ));
        }
        if answer.fate() == Fate::Granted {
            // an exclusion would be in a reservation's own way (EV-17)
            let starred = answer.rows.iter().any(|r| r.kind == CauseKind::Administered);
            let dynamic = self.world.dynamic(protocol).meets(block) && !starred;
            let binds =
                dynamic && matches!(ask, Ask::Bind { .. }) && self.may_be_excluded(protocol, block);
            steps.extend(binds.then(|| exclude(protocol, block)));
            steps.extend(if dynamic || wsl { self.elsewhere(answer) } else { None });
            return steps;
        }
        if refused_for_rights(answer) {
            steps.push(step(
                "run it elevated",
                ELEVATED,
                "none",
                "only elevated members of Administrators may",
            ));
        }
        if self.refused_elsewhere(answer).is_none() {
            self.for_what_is_in_the_way(answer, protocol, block, &mut steps);
            steps.extend(self.elsewhere(answer));
        }
        steps
    }

    /// Other ports, where there are any and they help.
    fn elsewhere(&self, answer: &Answer) -> Option<Advice> {
        let other = other(answer).filter(|other| self.granted_at(answer, *other))?;
        let what = if other.count() == 1 { "port" } else { "ports" };
        Some(step(
            format!("use {what} {}", span(other)),
            "a program that lets you choose",
            "none",
            "nothing is in the way there, and nothing takes it by itself",
        ))
    }

    /// Ports at which nothing is in the way and the same is refused: then it is refused for something else.
    pub(super) fn refused_elsewhere(&self, answer: &Answer) -> Option<PortBlock> {
        let refused = answer.fate() == Fate::Refused;
        other(answer).filter(|other| refused && !self.granted_at(answer, *other))
    }

    /// Whether the same may be granted there, to somebody who has the rights.
    fn granted_at(&self, answer: &Answer, other: PortBlock) -> bool {
        let (outcomes, _) = self.outcomes(&answer.ask.elevated_at(other));
        outcomes.iter().any(|o| o.reply == "ok")
    }

    /// What helps against each of the rows and sockets; WinNAT comes last, since what it leaves is taken between its end
    /// and its start.
    fn for_what_is_in_the_way(
        &self,
        answer: &Answer,
        protocol: Protocol,
        block: PortBlock,
        steps: &mut Vec<Advice>,
    ) {
        let mut winnat = false;
        for cause in &answer.rows {
            let Some(owner) = owner::of_cause(self.listing, protocol, cause) else { continue };
            if owner.name == "winnat" {
                winnat = true;
            }
            for step in past(cause, &owner, protocol) {
                if !steps.contains(&step) {
                    steps.push(step);
                }
            }
        }
        if winnat {
            self.past_winnat(answer, protocol, block, steps);
        }
    }

    /// WinNAT is stopped, the ports are taken, WinNAT starts again and passes them over.
    fn past_winnat(
        &self,
        answer: &Answer,
        protocol: Protocol,
        block: PortBlock,
        steps: &mut Vec<Advice>,
    ) {
        steps.push(step(
            "net stop winnat",
            ELEVATED,
            "cuts containers and virtual machines off the network until it is started again",
            "its blocks vanish; rows of one port and rows with a star stay (EV-86)",
        ));
        match answer.ask {
            Ask::Bind { .. } | Ask::Exclude { .. } | Ask::Free { .. } => {
                steps.push(exclude(protocol, block));
            }
            Ask::ServeHttp { .. } => steps.push(step(
                "start the service that registers the URL",
                NOTHING,
                "after the next restart WinNAT may be first again",
                "WinNAT passes over ports in use (EV-84); an exclusion would keep http.sys out as well (EV-63)",
            )),
            Ask::Reserve { .. } => steps.push(step(
                "start the program that reserves",
                NOTHING,
                "after the next restart WinNAT may be first again",
                "WinNAT passes over ports in use (EV-84); an exclusion would keep the reservation out, too (EV-17)",
            )),
        }
        steps.push(step(
            "net start winnat",
            ELEVATED,
            "none",
            "it takes new blocks, and passes over what is excluded (EV-67)",
        ));
        self.move_the_range(protocol, steps);
    }

    /// A range that reaches down to well-known services is moved back.
    fn move_the_range(&self, protocol: Protocol, steps: &mut Vec<Advice>) {
        let moved = self.listing().dynamic(protocol).filter(|d| d.block.first() < DYNAMIC.first());
        let Some(moved) = moved else { return };
        for family in ["ipv4", "ipv6"] {
            steps.push(step(
                format!(
                    "netsh interface {family} set dynamicport {protocol} start={} num={}",
                    DYNAMIC.first(),
                    DYNAMIC.count()
                ),
                RESTART,
                "programs that open many connections have fewer ports",
                format!(
                    "the range begins at {}, and blocks are taken from it; they move with the next restart (EV-83, EV-88)",
                    moved.block.first()
                ),
            ));
        }
    }
}

fn exclude(protocol: Protocol, block: PortBlock) -> Advice {
    step(
        format!(
            "netsh interface ipv4 add excludedportrange protocol={protocol} startport={} numberofports={} \
             store=persistent",
            block.first(),
            block.count()
        ),
        ELEVATED,
        "http.sys, HNS and SIO_ACQUIRE_PORT_RESERVATION cannot take these ports any more (EV-63)",
        "Windows chooses them for nobody, and WinNAT passes them over, while a bind that names them works (XR-5, \
         XR-7, EV-67)",
    )
}

/// What helps against one row or socket that is not of WinNAT.
fn past(cause: &Cause, owner: &Owner, protocol: Protocol) -> Vec<Advice> {
    let state = "netsh http show servicestate";
    match (owner.name, cause.kind) {
        ("winnat", _) => Vec::new(),
        ("http.sys", _) => {
            let why = "it shows whose URL has the port: that service must stop, or serve another port (EV-91)";
            vec![step(state, NOTHING, "none", why)]
        }
        (_, CauseKind::Administered) => past_exclusion(cause, owner.name, protocol),
        ("hns", _) if cause.block.count() == 64 => {
            let why = "it shows the endpoints whose load balancers take such blocks (EV-112)";
            vec![step("Get-HnsEndpoint | Format-List", "PowerShell on the node", "none", why)]
        }
        ("listener", _) => {
            let process = owner.process.map_or("PID".to_string(), |pid| pid.to_string());
            let why = "it names the program that has the port: stop it, or let it use another";
            vec![step(format!("tasklist /fi \"pid eq {process}\""), NOTHING, "none", why)]
        }
        _ if cause.block.count() == 1 => {
            let why = "rows of one port are known of http.sys; `docker ps` shows published ports, which have such \
                       rows, too (EV-90, EV-91)";
            vec![step(state, NOTHING, "none", why)]
        }
        _ => Vec::new(),
    }
}

fn past_exclusion(cause: &Cause, owner: &str, protocol: Protocol) -> Vec<Advice> {
    let (first, count) = (cause.block.first(), cause.block.count());
    let mut steps = vec![step(
        format!(
            "netsh interface ipv4 delete excludedportrange protocol={protocol} startport={first} \
             numberofports={count}"
        ),
        ELEVATED,
        "Windows and WinNAT may take the ports again; whoever excluded them had a reason",
        "what is excluded cannot be reserved, nor excluded again (EV-17, EV-63)",
    )];
    if owner == "hns" {
        steps.push(step(
            "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\hns\\State /v EnableExcludedPortRange \
             /t REG_DWORD /d 0 /f",
            RESTART,
            "HNS no longer keeps these ports for containers",
            "HNS would exclude them again at the next start (EV-73)",
        ));
    }
    steps
}

/// Ports that stay free and are not those that were asked for.
fn other(answer: &Answer) -> Option<PortBlock> {
    let asked = answer.ask.block()?;
    answer.safe.iter().filter_map(super::Safe::block).find(|block| *block != asked)
}

fn refused_for_rights(answer: &Answer) -> bool {
    answer.outcomes.iter().filter_map(|o| o.rule).any(|rule| rule.ends_with(".privilege"))
}
