#!/usr/bin/env bash
# Groups about `remlock corpus`: merged, shown, migrated, packed and exchanged inputs.
# shellcheck disable=SC2154,SC2034 # variables of test_cli.sh, which sources this

# make_corpus FOLDER SEED: what a short run finds worth keeping.
make_corpus() {
    run fuzz lock --executions 5k --seed "$2" --corpus "$1" --out ignored
    exits 0
}

group_corpus() {
    usage '^Usage: remlock corpus ACTION' corpus
    usage "unknown action 'eat'" corpus eat
    run corpus --help; exits 0; says '^  merge '
    for action in merge show migrate pack unpack exchange; do
        run corpus "$action" --help; exits 0; says 'Examples:'; says 'Exit codes: 0 '
    done
}

group_corpus_merge() {
    local before covered
    make_corpus one 1
    make_corpus two 2
    run corpus merge one two --out both; exits 0
    says '^[0-9,]+ inputs \([0-9.]+ k?B\) before, [0-9,]+ inputs .* after; coverage ([0-9]+) before, \1 after'
    run corpus merge --json one two --out again; exits 0; json command 'corpus merge'
    json inputs "$(find one two -type f | wc -l)"
    covered=$("$json_get" coverage <<<"$out")
    json kept_coverage "$covered"
    diff -r both again || complain "the same inputs give another result"
    run corpus merge two one --out turned; diff -r both turned || complain "another order gives another result"
    run corpus merge both --out twice; diff -r both twice || complain "merging again changes something"
    run fuzz lock --executions "$(find both -type f | wc -l)" --corpus both --json --out ignored
    json engines.0.coverage "$covered"
    before=$(find one -type f | wc -l)
    run corpus merge one --in-place; exits 0
    [ "$(find one -type f | wc -l)" -lt "$before" ] || complain "nothing was deleted"
    run corpus merge one two --json --out third; json coverage "$covered"

    # What shows a finding is named and stays where it is; what is no input is named.
    write_replays
    mkdir mixed
    cp finding.replay clean.replay future.replay misspelt.replay mixed
    run corpus merge mixed --in-place; exits 0
    warns 'left out: mixed/finding.replay: shows use-after-free IoReleaseRemoveLockEx'
    warns 'left out: mixed/future.replay: '; warns 'left out: mixed/misspelt.replay: '
    [ "$(find mixed -type f | wc -l)" -eq 4 ] || complain "something was deleted: $(ls mixed)"
    run corpus merge mixed --subject lock --out fixed; exits 0
    [ "$(find fixed -name '*.replay' | wc -l)" -ge 1 ] || complain "the finding does not show in the correct lock"

    usage 'either --out DIR or --in-place|Either --out DIR or --in-place' corpus merge one
    usage 'a folder with inputs is missing' corpus merge --in-place
    usage "the folder 'both' is not empty" corpus merge one --out both
    usage 'nowhere: cannot be read' corpus merge nowhere --out new
    usage "nonsense" corpus merge one --subject nonsense --out new
}

group_corpus_show() {
    write_replays
    run convert clean.replay -o raw; exits 0
    run corpus show raw; exits 0
    says '^remlock 1$'; says '^subject lock$'; says '^  io: acquire A; release A$'; says '^  io@3 -> pnp$'
    run corpus show --short raw clean.replay; exits 0
    says '^raw: lock, 2-tasks-3-operations-1-deviations, 15 bytes, F1$'
    says '^clean\.replay: lock, 2-tasks-3-operations-1-deviations, [0-9]+ bytes, text$'
    run corpus show --json raw; exits 0; json command 'corpus show'; json inputs.0.tasks 2; json inputs.0.format F1
    run corpus show random.bin; exits 4; warns 'names no known subject'
    run corpus show --subject lock random.bin; exits 0
    usage 'a file is missing' corpus show
    usage 'cannot be read' corpus show nowhere
}

group_corpus_migrate() {
    write_replays
    mkdir old
    printf '\xf1\x8d\x6e\xa0\x01\x00\x00\x02\x00\x00\xa5\x03\x00\xc1\x03' >old/by-hand
    cp clean.replay old
    run corpus show old/by-hand; before=$(grep -v '^#' <<<"$out")
    run corpus migrate --check old; exits 1; says '^1 of 2 inputs would change'
    run corpus show --short old/by-hand; says 'F1$'
    run corpus migrate old; exits 0; says '^1 of 2 inputs changed'
    run corpus show --short old/by-hand; says 'F2$'
    run corpus show old/by-hand
    [ "$(grep -v '^#' <<<"$out")" = "$before" ] || complain "it is another input now; it was $before"
    cmp -s clean.replay old/clean.replay || complain "text of the present version was changed"
    run corpus migrate --check old; exits 0; says '^0 of 2 '
    run corpus migrate --json old; exits 0; json command 'corpus migrate'; json inputs 2

    # A file that is named by its content gets another name.
    make_corpus found 3
    count=$(find found -type f | wc -l)
    run corpus migrate found; exits 0; says "^$count of $count inputs changed"
    run corpus pack found -o found.zip; exits 0
    run corpus unpack found.zip --out checked; exits 0
    [ "$(find found -type f | wc -l)" -eq "$count" ] || complain "there are not as many files as before"

    # Versions that are not known are left alone.
    mkdir new
    cp future.replay random.bin new
    printf 'remlock 0\nsubject lock\n' >new/past.replay
    cp -r new before_new
    run corpus migrate new; exits 4; warns 'future.replay'; warns 'past.replay'; warns 'random.bin: names no known subject'
    diff -r new before_new || complain "a file of no known version was changed"
    usage 'a folder with inputs is missing' corpus migrate
}

group_corpus_pack() {
    make_corpus found 1
    mkdir found/below found/.hidden
    printf 'x' >found/.hidden/x
    printf 'not for engines' >found/README.md
    mv "$(find found -maxdepth 1 -type f -name '0*' | head -n 1)" found/below
    for ending in zip tar.gz; do
        run corpus pack found -o "one.$ending"; exits 0; says "^one\.$ending: [0-9]+ inputs, "
        cp -r found other
        touch -d '1 hour ago' other/* && chmod 600 other/[0-9]*
        TZ=Asia/Tokyo run corpus pack other/ --json -o "two.$ending"; exits 0; json command 'corpus pack'
        cmp "one.$ending" "two.$ending" || complain "the same inputs give another archive"
        SOURCE_DATE_EPOCH=1700000000 run corpus pack found -o "three.$ending"; exits 0
        ! cmp -s "one.$ending" "three.$ending" || complain "SOURCE_DATE_EPOCH does nothing"
        rm -rf other unpacked
        run corpus unpack "one.$ending" --out unpacked; exits 0; says '^unpacked: [0-9]+ inputs, '
        diff -r -x README.md -x .hidden found unpacked || complain "not what was packed"
    done
    SOURCE_DATE_EPOCH=soon run corpus pack found -o four.zip; exits 2; warns "SOURCE_DATE_EPOCH is 'soon'"
    usage 'ends neither in .zip nor in .tar.gz' corpus pack found -o found.rar
    usage 'where to' corpus pack found
    usage 'where to' corpus unpack one.zip
    usage 'cannot be read' corpus pack nowhere -o x.zip
    mkdir empty
    usage 'there is no input' corpus pack empty -o x.zip
}

# unacceptable REGEX ARCHIVE: it is refused, and nothing of it is written.
unacceptable() {
    rm -rf out
    run corpus unpack "$2" --out out
    exits 4
    warns "$1"
    [ ! -e out ] || complain "something was written: $(ls -A out)"
}

group_corpus_unpack() {
    mkdir in && cd in || return
    printf 'good' >good
    printf 'wrong' >0123456789abcdef
    printf 'evil' >../evil.txt
    ln -s /etc/passwd link
    head -c 2000000 /dev/zero >large
    tar -czf ../outside.tar.gz -P good ../evil.txt
    tar -czf ../absolute.tar.gz -P good "$work/evil.txt"
    tar -czf ../link.tar.gz good link
    tar -czf ../large.tar.gz good large
    tar -czf ../name.tar.gz good 0123456789abcdef
    tar -czf ../hidden.tar.gz --transform 's,good,.bashrc,' good
    tar -czf ../fine.tar.gz good
    tar -cJf ../other.tar.gz good 2>/dev/null || cp ../outside.tar.gz ../other.tar.gz
    cd .. || return
    unacceptable "'\.\./evil.txt' is no name for a file below the folder" outside.tar.gz
    unacceptable 'is no name for a file below the folder' absolute.tar.gz
    unacceptable "'link' is no ordinary file" link.tar.gz
    unacceptable "'large' is larger than 1 MiB" large.tar.gz
    unacceptable "'0123456789abcdef' does not hold what its name says" name.tar.gz
    unacceptable "'\.bashrc' is no name" hidden.tar.gz
    unacceptable 'other.tar.gz: ' other.tar.gz
    head -c 90 fine.tar.gz >cut.tar.gz
    unacceptable 'cut.tar.gz: ' cut.tar.gz
    printf 'no archive at all' >text.zip
    unacceptable 'text.zip: ' text.zip
    unacceptable 'nowhere.zip: cannot be read' nowhere.zip
    run corpus unpack fine.tar.gz --out out; exits 0; holds out/good
}

group_corpus_exchange() {
    make_corpus one/lock 1
    make_corpus two/lock 2
    run corpus exchange one shared --host first; exits 0; says '^first: [1-9][0-9]* inputs given, 0 taken'
    run corpus exchange two shared --host second; exits 0; says '^second: [1-9][0-9]* inputs given, [1-9][0-9]* taken'
    run corpus exchange one shared --host first --json; exits 0; json command 'corpus exchange'; json host first; json given 0
    diff -r one two || complain "the two do not have the same now"
    [ "$(ls shared)" = $'first\nsecond' ] || complain "not one folder for each: $(ls shared)"
    run corpus exchange one shared --host first; says 'first: 0 inputs given, 0 taken'
    run corpus exchange two shared --host second; says 'second: 0 inputs given, 0 taken'

    # What others are in the middle of writing is not there for us, and what is half is never under its name.
    mkdir -p shared/third/lock
    printf 'half' >shared/third/lock/.half.new
    run corpus exchange one shared --host first; says ' 0 taken'
    printf 'damaged' >shared/third/lock/0123456789abcdef
    run corpus exchange one shared --host first; exits 2; warns '0123456789abcdef: does not hold what its name says'
    [ ! -e one/lock/0123456789abcdef ] || complain "it was taken"

    # Between folders of AFL++: only main instances, in order, without gaps.
    mkdir -p afl1/main-first/queue afl1/second/queue afl2/main-second/queue
    for number in 000000 000001 000002; do printf '%s' $number >"afl1/main-first/queue/id:$number,orig:x"; done
    printf 'x' >afl1/second/queue/id:000000,orig:x
    touch -d '1 minute ago' afl1/*/queue/*
    touch -d '1 hour' afl1/main-first/queue/id:000001*
    run corpus exchange --afl afl1 shared-afl --host first; exits 0; says '^first: 1 inputs given, 0 taken'
    touch -d '1 minute ago' afl1/main-first/queue/*
    run corpus exchange --afl afl1 shared-afl --host first; says '^first: 2 inputs given'
    run corpus exchange --afl afl2 shared-afl --host second; exits 0; says '^second: 0 inputs given, 3 taken'
    diff -r afl1/main-first afl2/main-first || complain "the queue did not arrive"
    [ ! -e shared-afl/second ] || complain "the queue of a secondary one was given"

    usage 'two folders are wanted' corpus exchange one
    usage "'a/b' is no name" corpus exchange one shared --host a/b
    usage 'cannot make the folder' corpus exchange one /proc/nowhere
}

# Two searches, each with a machine's corpus, and exchanges while they run: inputs of each reach the other, never in halves.
group_corpus_machines() {
    local name round searches=() exchanges=()
    for name in first second; do
        "$remlock" fuzz lock --time 200s --seed ${#name} --corpus "$name" --out "$name-out" >/dev/null 2>&1 &
        searches+=($!)
        "$remlock" corpus exchange "$name" shared --host "$name" --every 200ms >"$name.log" 2>"$name.err" &
        exchanges+=($!)
    done
    command_line='two searches and two exchanges'
    for round in $(seq 300); do
        { grep -qE ' [1-9][0-9]* taken' first.log && grep -qE ' [1-9][0-9]* taken' second.log; } && break
        sleep 0.2
    done
    code=$round out=$(cat first.log second.log) err=$(cat first.err second.err)
    says '^first: .* [1-9][0-9]* taken'; says '^second: .* [1-9][0-9]* taken'
    # One is killed in the middle of whatever it does, the other ends when it is told to.
    kill -KILL "${exchanges[0]}" && wait "${exchanges[0]}" 2>/dev/null
    kill -INT "${exchanges[1]}" "${searches[@]}"
    wait "${exchanges[1]}" || complain "interrupted it ends with status $?"
    wait "${searches[@]}"
    for name in first second shared; do
        run corpus pack "$name" -o "$name.zip"; exits 0
        run corpus unpack "$name.zip" --out "$name-checked"; exits 0
    done
    run corpus exchange second shared --host second; exits 0
    run corpus exchange first shared --host first; exits 0
    run corpus exchange second shared --host second; exits 0
    diff -r first second || complain "afterwards they do not have the same"
}
