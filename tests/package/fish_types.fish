# What fish makes of a line when Tab is pressed behind it: fish fish_types.fish SCRIPT <LINES
source $argv[1]
while read --local line
    set --local found (complete --do-complete "$line" | string replace --regex -- '\t.*' '')
    set --local head (string match --regex -- '^.* ' $line)
    if test (count $found) = 1
        echo "$head$found"
    else
        echo $line
    end
end
