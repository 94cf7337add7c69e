//! Texts of problems for people, in every language that we speak.

use tsunagu_domain::{Invalid, locale::Language};

use crate::problem::Code;

/// A text in every language that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Japanese.
    pub ja: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// A text in both languages.
    pub const fn new(ja: &'static str, en: &'static str) -> Self {
        Self { ja, en }
    }

    /// The text in one language.
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Ja => self.ja,
            Language::En => self.en,
        }
    }
}

/// The tag of a language, as it stands in headers.
pub(crate) const fn language(language: Language) -> &'static str {
    Text::new("ja", "en").in_language(language)
}

/// The kind of problem in a few words.
pub(crate) const fn title(code: Code) -> Text {
    match code {
        Code::MalformedRequest => Text::new("リクエストの形式が不正です", "Malformed request"),
        Code::CursorInvalid => Text::new("カーソルが無効です", "Invalid cursor"),
        Code::Unauthenticated => Text::new("サインインが必要です", "Not signed in"),
        Code::SignInFailed => Text::new("サインインできませんでした", "Sign-in failed"),
        Code::Forbidden => Text::new("アクセスできません", "Forbidden"),
        Code::PermissionMissing => Text::new("権限がありません", "Permission missing"),
        Code::AccountSuspended => Text::new("アカウントは停止中です", "Account suspended"),
        Code::PartnerBadgeRequired => {
            Text::new("パートナーバッジが必要です", "Partner badge required")
        }
        Code::ProgramRequired => {
            Text::new("プログラムのバッジが必要です", "Program badge required")
        }
        Code::NotShared => Text::new("共有されていません", "Not shared"),
        Code::NotFound => Text::new("見つかりません", "Not found"),
        Code::MethodNotAllowed => Text::new("メソッドを使用できません", "Method not allowed"),
        Code::Conflict => Text::new("現在の状態と矛盾します", "Conflict"),
        Code::LastAdministrator => {
            Text::new("フルアクセスの最後の管理者です", "Last administrator")
        }
        Code::SelfConnection => Text::new("自分自身には接続できません", "Own invite link"),
        Code::PartnerNotAvailable => {
            Text::new("パートナーを利用できません", "Partner not available")
        }
        Code::InvitationChanged => Text::new("招待の内容が変わりました", "Invitation changed"),
        Code::MembersOverlap => Text::new("メンバーが重複しています", "Members overlap"),
        Code::HostTaken => Text::new("ホスト名は使用されています", "Host taken"),
        Code::WorkspaceLimit => {
            Text::new("ワークスペース数の上限に達しました", "Too many workspaces")
        }
        Code::DirectoryInsecure => {
            Text::new("ディレクトリへの接続が暗号化されません", "Directory not secured")
        }
        Code::DirectoryAddressRefused => {
            Text::new("ディレクトリのアドレスは使用できません", "Directory address refused")
        }
        Code::PreconditionFailed => Text::new("前提条件を満たしません", "Precondition failed"),
        Code::PayloadTooLarge => Text::new("本文が大きすぎます", "Body too large"),
        Code::ExportTooLarge => Text::new("件数が多すぎます", "Export too large"),
        Code::UnsupportedMediaType => Text::new("対応していない形式です", "Unsupported media type"),
        Code::ValidationFailed => Text::new("入力に誤りがあります", "Invalid input"),
        Code::UnknownService => Text::new("サービスがありません", "Unknown service"),
        Code::IdempotencyMismatch => {
            Text::new("冪等キーが別の内容で使われています", "Idempotency key used otherwise")
        }
        Code::RateLimited => Text::new("回数の上限に達しました", "Too many requests"),
        Code::Internal => Text::new("内部エラー", "Internal error"),
        Code::Unavailable => Text::new("一時的に利用できません", "Unavailable for the moment"),
        Code::DirectoryUnavailable => {
            Text::new("ディレクトリに接続できません", "Directory not reached")
        }
    }
}

/// The same of what is refused about domains and workspaces.
const fn detail_of_federation(code: Code) -> Text {
    match code {
        Code::MembersOverlap => Text::new(
            "同じドメインの別の顧客とメンバーが重なる可能性があります。全員を対象とする顧客は一社だけ、枝は入れ子にできません。",
            "A user could be of two customers of this domain. Everyone is for an only customer, and \
             branches may not be nested.",
        ),
        Code::HostTaken => Text::new(
            "このホスト名は使用されているか、最近まで使用されていました。別のホスト名を選んでください。",
            "This host is taken, or was until lately. Please choose another.",
        ),
        Code::WorkspaceLimit => Text::new(
            "一つのアカウントに作成できるワークスペースは 10 個までです。",
            "An account has at most 10 workspaces.",
        ),
        Code::DirectoryInsecure => Text::new(
            "パスワードが盗聴されないよう、ldaps:// または startTls を使用してください。",
            "Use ldaps:// or startTls, so that nobody reads passwords on their way.",
        ),
        _ => Text::new(
            "ディレクトリはこのアドレスまたはポートに置けません。プライベートネットワークは運用者が許可します。",
            "A directory cannot be at this address or port. The operator allows private networks.",
        ),
    }
}

/// What happened, where the problem has nothing more telling to say.
#[expect(clippy::too_many_lines, reason = "a few lines for each code")]
pub(crate) const fn detail(code: Code) -> Text {
    match code {
        Code::MalformedRequest => Text::new(
            "リクエストを読み取れませんでした。本文は UTF-8 の正しい JSON である必要があります。",
            "The request could not be read. A body must be well-formed JSON in UTF-8.",
        ),
        Code::CursorInvalid => Text::new(
            "このカーソルはこの一覧のものではありません。最初のページから取得し直してください。",
            "This cursor does not belong to this list. Start again from the first page.",
        ),
        Code::Unauthenticated => {
            Text::new("有効な認証情報が必要です。", "Valid credentials are required.")
        }
        Code::SignInFailed => Text::new(
            "ユーザー名かパスワードが正しくないか、このワークスペースを利用できません。",
            "The name or the password is wrong, or this workspace is not for you.",
        ),
        Code::Forbidden => Text::new(
            "このアクセストークンではこの操作を行えません。",
            "This access token does not open this operation.",
        ),
        Code::PermissionMissing => Text::new(
            "この操作に必要な権限が管理者に与えられていません。",
            "The administrator has not been given the permission that this needs.",
        ),
        Code::AccountSuspended => Text::new(
            "アカウントは停止されています。自アカウントのデータの閲覧だけができます。",
            "The account is suspended: its own data can be read, and nothing else.",
        ),
        Code::PartnerBadgeRequired => Text::new(
            "この操作には有効なパートナープログラムのバッジが必要です。",
            "This needs the badge of an active partner program.",
        ),
        Code::ProgramRequired => Text::new(
            "この操作には指定されたプログラムのバッジが必要です。",
            "This needs the badge of the named program.",
        ),
        Code::NotShared => {
            Text::new("顧客はこの情報を共有していません。", "The customer does not share this.")
        }
        Code::NotFound => Text::new(
            "存在しないか、アクセスできません。",
            "It does not exist, or you have no access to it.",
        ),
        Code::MethodNotAllowed => Text::new(
            "このパスではこのメソッドを使用できません。使用できるものは Allow ヘッダーにあります。",
            "This path does not take this method; the Allow header names those that it takes.",
        ),
        Code::Conflict => Text::new(
            "リクエストは現在の状態と矛盾します。",
            "The request contradicts the present state.",
        ),
        Code::LastAdministrator => Text::new(
            "フルアクセスの最後の管理者を削除したり、権限を減らしたりすることはできません。",
            "The last administrator with full access cannot be removed or demoted.",
        ),
        Code::SelfConnection => Text::new(
            "自アカウントの招待リンクを承諾することはできません。",
            "An account cannot accept its own invite link.",
        ),
        Code::PartnerNotAvailable => Text::new(
            "このパートナーには現在接続できません。",
            "This partner cannot be connected to at present.",
        ),
        Code::InvitationChanged => Text::new(
            "表示された後に招待の内容が変わりました。もう一度確認してください。",
            "The invitation has changed since it was shown. Please read it again.",
        ),
        Code::MembersOverlap
        | Code::HostTaken
        | Code::WorkspaceLimit
        | Code::DirectoryInsecure
        | Code::DirectoryAddressRefused => detail_of_federation(code),
        Code::ExportTooLarge => Text::new(
            "一つのファイルに収まりません。条件で絞り込んでください。",
            "One file cannot hold them all. Narrow them down by a filter.",
        ),
        Code::PreconditionFailed => Text::new(
            "If-Match が現在の ETag と一致しません。取得し直してください。",
            "If-Match does not name the present ETag. Read it again.",
        ),
        Code::PayloadTooLarge => Text::new(
            "本文がこの操作の上限を超えています。",
            "The body is larger than this operation takes.",
        ),
        Code::UnsupportedMediaType => Text::new(
            "本文は UTF-8 の application/json で、圧縮せずに送ってください。",
            "Send the body as application/json in UTF-8, not compressed.",
        ),
        Code::ValidationFailed => Text::new(
            "errors にあるすべての値を直してください。",
            "Correct every value that errors names.",
        ),
        Code::UnknownService => Text::new("未知のサービスです。", "There is no such service."),
        Code::IdempotencyMismatch => Text::new(
            "この Idempotency-Key は別の内容のリクエストで使われています。",
            "This Idempotency-Key was used with another request.",
        ),
        Code::RateLimited => Text::new(
            "短い期間での回数の上限に達しました。",
            "The limit for a span of time has been reached.",
        ),
        Code::Internal => Text::new(
            "予期しないエラーが発生しました。requestId を添えてお問い合わせください。",
            "Something unexpected happened. Quote the requestId when you ask about it.",
        ),
        Code::DirectoryUnavailable => Text::new(
            "ドメインのディレクトリが応答しません。しばらくしてからもう一度お試しください。",
            "The directory of the domain does not answer. Try again in a while.",
        ),
        Code::Unavailable => {
            Text::new("しばらくしてからもう一度お試しください。", "Please try again in a moment.")
        }
    }
}

/// Where a body could not be read.
pub(crate) fn place(line: usize, column: usize, language: Language) -> String {
    match language {
        Language::Ja => format!("{line} 行目 {column} バイト目付近を確認してください。"),
        Language::En => format!(" Look at line {line}, byte {column}."),
    }
}

/// Why a value from outside was refused.
pub(crate) fn invalid(invalid: Invalid, language: Language) -> String {
    match (invalid, language) {
        (Invalid::Empty, Language::Ja) => "空にできません。".to_owned(),
        (Invalid::Empty, Language::En) => "Must not be empty.".to_owned(),
        (Invalid::TooLong { max }, Language::Ja) => format!("{max} 文字以内にしてください。"),
        (Invalid::TooLong { max }, Language::En) => format!("Must have at most {max} characters."),
        (Invalid::TooMany { max }, Language::Ja) => format!("{max} 個以内にしてください。"),
        (Invalid::TooMany { max }, Language::En) => format!("Must have at most {max} elements."),
        (Invalid::OutOfRange { min, max }, Language::Ja) => {
            format!("{min} から {max} までにしてください。")
        }
        (Invalid::OutOfRange { min, max }, Language::En) => {
            format!("Must be between {min} and {max}.")
        }
        (Invalid::ForbiddenCharacter, Language::Ja) => {
            "使用できない文字が含まれています。".to_owned()
        }
        (Invalid::ForbiddenCharacter, Language::En) => {
            "Contains a character that is not allowed.".to_owned()
        }
        (Invalid::Malformed, Language::Ja) => "形式が正しくありません。".to_owned(),
        (Invalid::Malformed, Language::En) => "Is not of the expected form.".to_owned(),
        (Invalid::NotADay, Language::Ja) => {
            "実在する日を 2026-03-01 の形式で指定してください。".to_owned()
        }
        (Invalid::NotADay, Language::En) => "Must be a day that exists, as 2026-03-01.".to_owned(),
        (Invalid::NotAMonth, Language::Ja) => "月を 2026-03 の形式で指定してください。".to_owned(),
        (Invalid::NotAMonth, Language::En) => "Must be a month, as 2026-03.".to_owned(),
        (Invalid::NotAnInstant, Language::Ja) => {
            "時刻を時差とともに 2026-03-01T09:00:00+09:00 の形式で指定してください。".to_owned()
        }
        (Invalid::NotAnInstant, Language::En) => {
            "Must be a time with its offset, as 2026-03-01T09:00:00+09:00.".to_owned()
        }
        (Invalid::UnknownValue, Language::Ja) => "知られている値ではありません。".to_owned(),
        (Invalid::UnknownValue, Language::En) => "Is not one of the known values.".to_owned(),
        (Invalid::Duplicate, Language::Ja) => "同じ要素が重複しています。".to_owned(),
        (Invalid::Duplicate, Language::En) => "The same element stands twice.".to_owned(),
    }
}
