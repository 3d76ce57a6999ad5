# Completion of remlock's command lines for fish: asks the program itself.

# __remlock_paths ENDING TYPED: folders, and files that end so; all files when there are none of these.
function __remlock_paths --argument-names ending typed
    set -l before (string match --regex -- '^--[^=]*=' $typed)
    set -l paths (__fish_complete_path (string replace -- "$before" '' $typed) | string replace --regex -- '\t.*' '')
    set -l found
    for path in $paths
        if string match --quiet -- '*/' $path; or string match --quiet -- "*$ending" $path
            set -a found "$before$path"
        end
    end
    if test (count $found) = 0 -a $ending != /
        set found "$before"$paths
    end
    string join \n -- $found
end

function __remlock_words
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --current-token --cut-at-cursor)
    for line in (command $words[1] --complete $words[2..] "$typed" 2>/dev/null)
        switch $line
            case :folders
                __remlock_paths / "$typed"
            case ':files*'
                __remlock_paths (string replace -- :files '' $line) "$typed"
            case '*'
                echo $line
        end
    end
end

complete --command remlock --no-files --arguments '(__remlock_words)'
