# bash completion for portcullis(1). What can stand at a place is read from --help there: it is what the program takes.

# Lines of help on standard input -> "option value" for each option, "value" empty for a flag.
_portcullis_options() {
    local line words name value
    while IFS= read -r line; do
        [[ $line =~ ^"  "(-[^ ]+)(" "([^ ]+))?(" "|$) ]] || continue
        value=${BASH_REMATCH[3]}
        IFS=, read -ra words <<<"${BASH_REMATCH[1]}"
        for name in "${words[@]}"; do printf '%s %s\n' "$name" "$value"; done
    done
}

# Lines of help on standard input -> the first words of the section $1.
_portcullis_section() {
    local line inside=""
    while IFS= read -r line; do
        case $line in
            "$1:") inside=yes ;;
            "") inside="" ;;
            "  "[!\ ]*) [ -z "$inside" ] || { line=${line#  }; printf '%s\n' "${line%% *}"; } ;;
        esac
    done
}

# The words of $1 that fit what is typed.
_portcullis_reply() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }

# Candidates for a value that --help calls $1; 1 if nothing is known of it.
_portcullis_value() {
    local choices
    case $1 in
        *"{"*"}"*)
            choices=${1#*\{}
            _portcullis_reply "${choices%%\}*}"
            ;;
        DIR*) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
        FILE*) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        *) return 1 ;;
    esac
}

_portcullis() {
    local program=$1 current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local -a path=()
    local help word value subcommands options names
    COMPREPLY=()
    help=$("$program" --help 2>/dev/null) || return 0
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        grep -qxF -- "$word" <<<"$(_portcullis_section Subcommands <<<"$help")" || continue
        path+=("$word")
        help=$("$program" "${path[@]}" --help 2>/dev/null) || return 0
    done

    options=$(_portcullis_options <<<"$help")
    names=$(cut -d " " -f 1 <<<"$options")
    value=$(sed -n "s/^${previous//[^-A-Za-z0-9]/.} //p" <<<"$options")
    if [ -n "$value" ]; then
        _portcullis_value "${value//,/ }" || true
        return 0
    fi
    subcommands=$(_portcullis_section Subcommands <<<"$help")
    if [[ $current == -* ]]; then
        _portcullis_reply "$names"
    elif [ -n "$subcommands" ]; then
        _portcullis_reply "$subcommands"
    else
        value=$(_portcullis_section Positionals <<<"$help")
        if [ -z "$value" ] || ! _portcullis_value "$value"; then
            _portcullis_reply "$names"
        fi
    fi
}

complete -F _portcullis portcullis
