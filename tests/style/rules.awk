# The rules of style that need no tool: reads source files, prints FILE:LINE: RULE: what is wrong, one line each.
# Variables: root, the folder the file names are relative to, with a slash at its end.

# A room sees itself and what stands below it; the same number: not each other. Folders without a number may see everything.
BEGIN {
    height["scheduler"] = 1
    height["threads"] = 2
    height["code"] = 2
    height["core"] = 2
    height["harness"] = 3
    height["replay"] = 4
    height["fuzz"] = 5
    height["campaign"] = 5
    height["reports"] = 5
    height["cli"] = 6
    function_lines_limit = 70
    columns_limit = 128
    markers = "(^|[^A-Za-z_])(TO" "DO|FIX" "ME|XX" "X|HA" "CK)([^A-Za-z_]|$)"
}

function complain(rule, text)
{
    printf "%s:%d: %s: %s\n", file, FNR, rule, text
}

# Characters, not bytes: what continues a UTF-8 sequence takes no column.
function columns(line)
{
    gsub(/[\200-\277]/, "", line)
    return length(line)
}

function check_include(line,    name, room)
{
    if (!(room_of_file in height))
        return
    if (match(line, /[<"]remlock\/[a-z_]+\.h[>"]/)) {
        name = substr(line, RSTART + 9, RLENGTH - 12)
        if ((name in height) && name != room_of_file && height[name] >= height[room_of_file])
            complain("direction", room_of_file "/ may not include " name "/: only what stands below it")
    } else if (match(line, /"[^"]*"/)) {
        name = resolve(directory, substr(line, RSTART + 1, RLENGTH - 2))
        room = name
        sub(/\/.*/, "", room)
        if ((room in height) && room != room_of_file)
            complain("direction", "a private header of " room "/: include <remlock/" room ".h> instead")
    }
}

# "fuzz/engine" and "../../core/lock.h" make "core/lock.h".
function resolve(from, path)
{
    while (path ~ /^\.\.\//) {
        path = substr(path, 4)
        if (!sub(/\/[^\/]*$/, "", from))
            from = ""
    }
    return from == "" ? path : from "/" path
}

# Functions are told by their braces, which stand alone in the first column.
function check_function(line)
{
    if (line == "{")
        function_start = FNR
    else if (line == "}" && function_start) {
        if (FNR - function_start + 1 > function_lines_limit)
            complain("function-length", FNR - function_start + 1 " lines, at most " function_lines_limit)
        function_start = 0
    }
}

FNR == 1 {
    file = FILENAME
    if (index(file, root) == 1)
        file = substr(file, length(root) + 1)
    directory = file
    if (!sub(/\/[^\/]*$/, "", directory))
        directory = ""
    room_of_file = file
    sub(/\/.*/, "", room_of_file)
    is_c = file ~ /\.[ch]$/
    is_script = file ~ /\.sh$/ || file ~ /^\.ci\//
    is_markdown = file ~ /\.md$/
    function_start = 0
    if (is_c && $0 !~ /^\/[*\/]/ || file ~ /\.(cmake|awk)$/ && $0 !~ /^#/)
        complain("opening-comment", "the first line is no comment that says what the file is for")
}

FNR == 2 && is_script && $0 !~ /^# / {
    complain("opening-comment", "the second line is no comment that says what the file is for")
}
is_c { check_function($0) }
is_c && /^[ \t]*#[ \t]*include/ { check_include($0) }
/[ \t\r]$/ { complain("trailing-blank", "blanks or a carriage return at the end of the line") }
is_c && /\t/ { complain("tab", "tabulator; indent by four spaces") }
# Tables cannot be broken in Markdown.
columns($0) > columns_limit && !(is_markdown && /^[|]/) { complain("columns", columns($0) " columns, at most " columns_limit) }
$0 ~ markers { complain("marker", "leftover marker") }
