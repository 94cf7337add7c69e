//! What the demo customers asked the support, and what the vendor told them, in their languages.

use serde_json::{Value, json};

use super::data::CUSTOMERS;

/// A text in both languages.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    ja: &'static str,
    en: &'static str,
}

/// Who says or does something about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaker {
    Customer,
    Partner,
    Support,
}

/// One thing that happened to a ticket after it was opened.
pub(crate) struct Turn {
    /// How many days later than what went before.
    pub(crate) days: i64,
    pub(crate) by: Speaker,
    words: Words,
    /// Where the support moved the ticket with it.
    pub(crate) status: Option<&'static str>,
}

/// A trouble that customers have.
struct Trouble {
    severity: &'static str,
    service: Option<&'static str>,
    /// How many days ago it began.
    days_ago: i64,
    subject: Words,
    description: Words,
    course: &'static [Turn],
}

/// A ticket of one customer.
pub(crate) struct Case {
    pub(crate) customer: usize,
    pub(crate) days_ago: i64,
    trouble: &'static Trouble,
}

const fn words(ja: &'static str, en: &'static str) -> Words {
    Words { ja, en }
}

const fn turn(days: i64, by: Speaker, words: Words, status: Option<&'static str>) -> Turn {
    Turn { days, by, words, status }
}

const TROUBLES: [Trouble; 5] = [
    Trouble {
        severity: "critical",
        service: Some("daas"),
        days_ago: 2,
        subject: words("仮想デスクトップに接続できない", "Nobody reaches the virtual desktops"),
        description: words(
            "今朝から全員が仮想デスクトップに接続できません。エラーは「利用できません」とだけ表示されます。",
            "Since this morning nobody reaches the virtual desktops. All that is shown is \"not available\".",
        ),
        course: &[turn(
            1,
            Speaker::Support,
            words(
                "原因を調査しています。1時間ごとにお知らせします。",
                "We are looking for the cause, and will write every hour.",
            ),
            Some("in-progress"),
        )],
    },
    Trouble {
        severity: "high",
        service: Some("endpoint-management"),
        days_ago: 9,
        subject: words("端末の登録が途中で止まる", "Enrolment of devices stops half-way"),
        description: words(
            "新しい端末を登録すると、証明書の確認で止まります。\n先週の更新の前は問題ありませんでした。",
            "Enrolling a new device stops while its certificate is checked.\nBefore last week's update all was well.",
        ),
        course: &[
            turn(
                1,
                Speaker::Support,
                words(
                    "端末の機種とOSの版を教えてください。",
                    "Which model is the device, and which version does it run?",
                ),
                Some("waiting"),
            ),
            turn(
                2,
                Speaker::Partner,
                words(
                    "弊社で確認した3機種の一覧を添えます: T3、T4、S20。",
                    "We looked at three models on site: T3, T4 and S20, all on version 17.",
                ),
                None,
            ),
        ],
    },
    Trouble {
        severity: "medium",
        service: Some("daas"),
        days_ago: 21,
        subject: words("印刷すると文字が欠ける", "Printing loses letters"),
        description: words(
            "仮想デスクトップから印刷すると、ときどき行の終わりが欠けます。",
            "Printing from a virtual desktop now and then loses the end of a line.",
        ),
        course: &[
            turn(
                1,
                Speaker::Customer,
                words(
                    "別の機種のプリンターでも同じでした。",
                    "It is the same on a printer of another make.",
                ),
                None,
            ),
            turn(
                3,
                Speaker::Support,
                words(
                    "最新のドライバーで直ります。更新後にご確認ください。",
                    "The latest driver mends it. Please look again after the update.",
                ),
                Some("resolved"),
            ),
        ],
    },
    Trouble {
        severity: "low",
        service: None,
        days_ago: 48,
        subject: words("請求書の宛名を変更したい", "Another name on the invoices"),
        description: words(
            "来月から請求書の宛名を経理部に変更してください。",
            "From next month on, please address invoices to the accounts department.",
        ),
        course: &[turn(
            2,
            Speaker::Support,
            words(
                "変更しました。来月の請求書から反映されます。",
                "Done: the next invoice bears it.",
            ),
            Some("closed"),
        )],
    },
    Trouble {
        severity: "medium",
        service: Some("endpoint-management"),
        days_ago: 5,
        subject: words("レポートの列を増やしたい", "More columns in the report"),
        description: words(
            "端末の一覧に、最終接続日の列を追加できますか。",
            "Can the list of devices show the day of the last contact?",
        ),
        course: &[],
    },
];

/// The tickets, oldest first.
pub(crate) fn cases() -> Vec<Case> {
    let of = |customer: usize| {
        let some = TROUBLES
            .iter()
            .enumerate()
            .filter(move |(kind, _)| (customer + kind).is_multiple_of(4));
        // Not all on the same day.
        let late = i64::try_from(customer % 3).unwrap_or_default();
        some.map(move |(_, trouble)| Case { customer, days_ago: trouble.days_ago + late, trouble })
    };
    let mut cases: Vec<_> = (0..CUSTOMERS.len()).flat_map(of).collect();
    cases.sort_by_key(|case| std::cmp::Reverse(case.days_ago));
    cases
}

impl Case {
    /// A mark of its own, the same whenever the demo is made.
    pub(crate) fn mark(&self) -> String {
        format!("demo-{}-{}", self.customer, self.trouble.days_ago)
    }

    /// What opens it.
    pub(crate) fn opening(&self) -> Value {
        let Trouble { severity, service, subject, description, .. } = self.trouble;
        let mut body = json!({
            "subject": self.said(*subject),
            "description": self.said(*description),
            "severity": severity,
        });
        if let Some(service) = service {
            body["service"] = json!(service);
        }
        body
    }

    /// What happened to it, and how many days ago.
    pub(crate) fn course(&self) -> Vec<(i64, &'static Turn)> {
        let mut days_ago = self.days_ago;
        let course = self.trouble.course.iter().map(|turn| {
            days_ago = (days_ago - turn.days).max(0);
            (days_ago, turn)
        });
        course.collect()
    }

    /// What is said in a turn.
    pub(crate) fn words(&self, turn: &Turn) -> &'static str {
        self.said(turn.words)
    }

    fn said(&self, words: Words) -> &'static str {
        if CUSTOMERS[self.customer].country == "JP" { words.ja } else { words.en }
    }
}

/// What the vendor tells customers.
pub(crate) const NEWS: [News; 4] = [
    News {
        days_ago: 60,
        concerns: |_| true,
        severity: "information",
        code: "new-region",
        title: words("新しいリージョンが利用できます", "A new region is open"),
        message: words(
            "大阪リージョンで仮想デスクトップをご利用いただけます。",
            "Virtual desktops can now run in Osaka.",
        ),
    },
    News {
        days_ago: 12,
        concerns: |customer| customer % 2 == 0,
        severity: "warning",
        code: "maintenance-planned",
        title: words("計画メンテナンスのお知らせ", "Maintenance is planned"),
        message: words(
            "来週の日曜日、2時から4時まで管理画面が停止します。利用中のデスクトップには影響しません。",
            "Next Sunday from 2 to 4 the console is down. Running desktops go on.",
        ),
    },
    News {
        days_ago: 3,
        concerns: |customer| customer % 5 == 0,
        severity: "error",
        code: "connector-unreachable",
        title: words("コネクタに到達できません", "A connector is out of reach"),
        message: words(
            "リソースの場所のコネクタから15分間応答がありません。",
            "A connector of your resource location has not answered for 15 minutes.",
        ),
    },
    News {
        days_ago: 1,
        concerns: |customer| customer % 3 == 1,
        severity: "warning",
        code: "certificate-expiring",
        title: words("証明書の期限が近づいています", "A certificate is about to expire"),
        message: words(
            "コネクタの証明書が14日後に期限切れになります。",
            "The certificate of a connector expires in 14 days.",
        ),
    },
];

/// Something that the vendor tells.
pub(crate) struct News {
    /// How long ago.
    pub(crate) days_ago: i64,
    /// Which customers, by their number.
    pub(crate) concerns: fn(usize) -> bool,
    severity: &'static str,
    code: &'static str,
    title: Words,
    message: Words,
}

impl News {
    /// A mark of its own.
    pub(crate) fn mark(&self, part: usize) -> String {
        format!("demo-{}-{part}", self.code)
    }

    /// What is published.
    pub(crate) fn body(&self) -> Value {
        let both = |words: Words| json!({"ja": words.ja, "en": words.en});
        json!({
            "severity": self.severity,
            "source": "platform",
            "code": self.code,
            "title": both(self.title),
            "message": both(self.message),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_cases_then_there_are_open_and_done_ones_in_both_languages_and_in_order() {
        let cases = cases();
        assert!(cases.windows(2).all(|pair| pair[0].days_ago >= pair[1].days_ago));
        let subjects: Vec<_> = cases.iter().map(|case| case.opening()["subject"].clone()).collect();
        let english = subjects.iter().filter(|text| text.as_str().is_some_and(str::is_ascii));
        assert!((10..subjects.len() - 10).contains(&english.count()));
        let moved = |to: &str| {
            let ends =
                cases.iter().flat_map(|case| case.course().into_iter().map(|(_, turn)| turn));
            ends.filter(|turn| turn.status == Some(to)).count()
        };
        for status in ["in-progress", "waiting", "resolved", "closed"] {
            assert!(moved(status) > 3, "{status}");
        }
    }

    #[test]
    fn given_the_marks_then_each_is_of_one_case_alone() {
        let marks: std::collections::BTreeSet<_> = cases().iter().map(Case::mark).collect();
        assert_eq!(marks.len(), cases().len());
    }
}
