# Tests of `remlock campaign status`, `summary` and `merge`; read by test_cli.sh after campaign_groups.sh.
# shellcheck shell=bash disable=SC2154,SC2034,SC2016

# short_campaign FOLDER SUBJECT...: one that has found and confirmed something of the first subject.
short_campaign() {
    local folder=$1
    shift
    until_says "^ASSERTION FAILED: .* $1" -- "$@" --out "$folder"
}

# says_before REGEX REGEX: the one before the other.
says_before() {
    says "$1"
    says "$2"
    [ "$(grep -nE -m 1 -- "$1" <<<"$out" | cut -d : -f 1)" -lt "$(grep -nE -m 1 -- "$2" <<<"$out" | cut -d : -f 1)" ] ||
        complain "$1 should come before $2"
}

# many_findings: thirty more, three of them not confirmed, and some with letters that mean something in Markdown.
many_findings() {
    sqlite3 night/campaign.sqlite "
        UPDATE finding SET state = 'confirmed', attempts = 20, reproduced = 20 WHERE state = 'found';
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 30)
        INSERT INTO finding (subject, identifier, routine, fingerprint, state, first_seen, last_seen, at, executions, engine,
                configuration, found, attempts, reproduced, announced, tasks, operations, preemptions, message)
            SELECT (SELECT id FROM subject WHERE name = 'lock'), 'leak', 'Routine' || n, '0123456789abcdef',
                CASE n WHEN 1 THEN 'found' WHEN 2 THEN 'unreproducible' ELSE 'confirmed' END,
                1000, 2000, 5, n, 'search', '', 'x', CASE n WHEN 1 THEN 0 ELSE 10 END, 7, 0, 1, 1, 0, '*a_b* <c> | \`d\`'
            FROM number;
        UPDATE slice SET outcome = 'failed', engine = 'builtin', message = 'no such engine' WHERE id = 2;
        UPDATE subject SET canary = 0 WHERE canary = 1;
        UPDATE slice SET executions = 0 WHERE subject = (SELECT id FROM subject WHERE name = 'canary')"
}

# The page says most important things first, stays a page, and its commands work.
check_page() {
    run campaign summary night; exits 0
    says '^remlock campaign: [0-9]+ findings?(, [0-9]+ not confirmed)? in 2 subjects$'
    says '^The canary, a subject that must fail, was found and confirmed\.$'
    says '^  count-mismatch in IoAcquireRemoveLockEx of lock:m01-no-bias$'
    says '^    First at execution [0-9,]+ \(.*\), by [a-z]+; seen [0-9]+ times?; came again in 20 of 20 replays\.$'
    says_before '^Findings$' '^What was missing$'
    says "^  not run: .*afl\+\+; 'remlock doctor' tells"
    local command
    command=$(grep -m 1 -o 'remlock explain .*' <<<"$out")
    # shellcheck disable=SC2086 # the words of a command
    run ${command#remlock }; exits 0; says 'What went wrong'
    run campaign summary --format markdown night; exits 0
    says '^# remlock campaign: '
    says '^## Findings$'
    says '^- count-mismatch in IoAcquireRemoveLockEx of lock:m01-no-bias$'
    says '^  remlock explain night/findings/'
    [ "$(grep -c '^# ' night/summary.md)" = 1 ] || complain 'summary.md should be that page'
    many_findings
    run campaign summary --format markdown night; exits 0
    says_before '^## Seen, and not again$' '^## Seen, and not yet confirmed$'
    says '^- leak in Routine3 of lock, which is held to be correct$'
    says '^  \\\*a\\_b\\\* \\<c\\> \\\| \\`d\\`$'
    says '^- and [0-9]+ more: remlock campaign status night$'
    says '; came again in 7 of 10 replays\.$'
    grep -q ' 0 replays' <<<"$out" && complain 'what was not replayed did not fail to come again'
    says '^- canary: nothing was executed$'
    says '^- builtin on .* failed: no such engine$'
    [ "$(grep -c '^- .* of lock' <<<"$out")" = 22 ] || complain 'twenty confirmed ones, and two others'
    says '^  remlock campaign --resume --out night$'
    run campaign summary night; exits 0
    says '^    \*a_b\* <c> \| `d`$'
    run campaign status night; exits 0; says '^unreproducible leak in Routine2 of lock'
    sqlite3 night/campaign.sqlite "UPDATE subject SET canary = 1 WHERE name = 'canary';
        UPDATE finding SET state = 'found' WHERE identifier = 'canary'"
    run campaign summary night; exits 0; says 'nothing that is said here can be trusted\.$'
}

group_campaign_views() {
    short_campaign night lock:m01-no-bias lock
    run campaign status night; exits 0
    says ' of 3 min 20 s, 2 jobs, [0-9,]+ executions \(.*/s\), 1 session'
    says '^The canary, '
    says_before '^SUBJECT +EXECUTIONS +TIME +SLICES +COVERAGE +FINDINGS$' '^lock:m01-no-bias +[0-9,]+ '
    says '^lock +[0-9,]+ .* 0$'
    says_before '^ENGINE ' '^search +[0-9,]+ '
    says '^confirmed +count-mismatch in IoAcquireRemoveLockEx of lock:m01-no-bias, after '
    says '^ +night/findings/lock-m01-no-bias\.count-mismatch\.IoAcquireRemoveLockEx\.replay$'
    grep -q '^canary' <<<"$out" && complain 'the canary is no subject of anybody'
    says_before '^ENGINES THAT HAVE NOT RUN$' '^afl\+\+$'
    run campaign status --json night; exits 0
    json command 'campaign status'
    json folder night
    json sessions 1
    json running 0
    json findings.0.state confirmed
    json findings.0.attempts 20
    json campaign.jobs 2
    jq -e '.campaign.subjects | map(.name) == ["lock:m01-no-bias", "lock"]' <<<"$out" >json.txt || complain 'both subjects'
    holds night/summary.md
    [ ! -x "$(command -v sqlite3)" ] || check_page
    usage 'the folder of a campaign is missing' campaign status
    usage 'one campaign at a time' campaign status night day
    usage 'there is no campaign in this folder' campaign status .
    usage 'nowhere/campaign.sqlite: cannot be reached' campaign summary nowhere
    usage 'the folder of a campaign is missing' campaign summary
    usage 'expected text or markdown' campaign summary --format pdf night
    printf 'x%.0s' $(seq 5000) >night/campaign.sqlite
    usage 'not a database, or damaged' campaign status night
}

group_campaign_merge() {
    short_campaign night lock:m01-no-bias
    short_campaign day lock:p02-signal-on-every-release lock:m01-no-bias
    mkdir -p night/corpus/lock day/corpus/lock/deeper
    printf one >night/corpus/lock/1111; printf one >day/corpus/lock/1111; printf two >day/corpus/lock/deeper/2222
    run campaign merge night day -o week; exits 0
    says '^2 campaigns merged into week: [0-9]+ findings, [0-9]+ inputs copied$'
    run campaign status week; exits 0
    says '^lock:m01-no-bias +'; says '^lock:p02-signal-on-every-release +'; says ', 2 sessions'
    [ "$(cat week/corpus/lock/1111 week/corpus/lock/deeper/2222)" = onetwo ] || complain 'both corpora should be there'
    run replay week/findings/*.replay; exits 1
    grep -q -e clean -e diverged <<<"$out" && complain 'each file should show its finding'
    run campaign summary --json week; local week=$out
    run campaign merge day night night -o again --json; exits 0; json folder again; json merged.2 night
    run campaign summary --json again
    [ "$(jq -S 'del(.folder, .findings[].file)' <<<"$out")" = "$(jq -S 'del(.folder, .findings[].file)' <<<"$week")" ] ||
        complain 'the order should make no difference, and twice should be as once'
    run campaign merge again day -o more --quiet; exits 0; silent
    # It goes on, as the first did.
    run campaign --resume --out again --time 3s --no-html; exits 1; says 'lock:p02-signal-on-every-release'
    run campaign status again; exits 0; says ', 3 sessions'
    usage 'there is a campaign already' campaign merge night day -o week
    usage 'nowhere/campaign.sqlite: cannot be reached' campaign merge night nowhere -o other
    [ ! -e other/campaign.sqlite ] || complain 'there should be no database'
    usage 'folders of campaigns are missing' campaign merge -o other
    usage '-o DIR is missing' campaign merge night
    usage "cannot make the folder '/proc/week'" campaign merge night -o /proc/week
}
