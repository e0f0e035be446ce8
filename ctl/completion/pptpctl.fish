# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of pptpctl for fish.

function __pptpctl_tunnels
    for file in /etc/pptp/conf.d/*.conf /run/pptp/conf.d/*.conf /usr/lib/pptp/conf.d/*.conf
        basename $file .conf
    end
end

function __pptpctl_failures
    MANWIDTH=200 man 7 pptp-failures 2>/dev/null | string match -r '^ +[A-Z]{2,5}-[0-9]{2}' | string trim
end

function __pptpctl_old
    for file in /etc/ppp/peers/*
        basename $file
    end
end

set -l commands list status monitor check cat routes reconnect dump explain import health metrics

complete -c pptpctl -f
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a list -d 'a table, one line for each tunnel'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a status -d 'how tunnels are'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a monitor -d 'a line whenever something happens'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a check -d 'what is wrong with the configuration'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a cat -d 'the configuration in force'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a routes -d 'the routes that it wants, and has'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a reconnect -d 'take the connection down and dial again'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a dump -d 'packets, journal and verdict in a file'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a explain -d 'explain a failure, or a log'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a import -d 'carry over what other programs have'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a health -d 'for a monitoring system'
complete -c pptpctl -n "not __fish_seen_subcommand_from $commands" -a metrics -d 'OpenMetrics text for Prometheus'

complete -c pptpctl -n "__fish_seen_subcommand_from list status monitor check cat routes reconnect dump health metrics" -a "(__pptpctl_tunnels)"
complete -c pptpctl -n "__fish_seen_subcommand_from explain" -F -a "(__pptpctl_failures)"
complete -c pptpctl -n "__fish_seen_subcommand_from import" -F -a "(__pptpctl_old)"
complete -c pptpctl -n "__fish_seen_subcommand_from import" -l install -d 'write it'
complete -c pptpctl -n "__fish_seen_subcommand_from import" -l force -d 'replace files'
complete -c pptpctl -n "__fish_seen_subcommand_from import" -l yes -d 'do not ask'
complete -c pptpctl -n "__fish_seen_subcommand_from import" -l try -d 'bring it up beside the old one'
complete -c pptpctl -n "__fish_seen_subcommand_from list status monitor check cat routes" -l json -x -a "short pretty off"
complete -c pptpctl -n "__fish_seen_subcommand_from list" -s l -l full -d 'cut nothing to the width of the terminal'
complete -c pptpctl -n "__fish_seen_subcommand_from list status" -s w -l watch -d 'again each second'
complete -c pptpctl -n "__fish_seen_subcommand_from status" -s n -l lines -x -d 'lines of the journal'
complete -c pptpctl -n "__fish_seen_subcommand_from check" -l probe -d 'ask the server for a call as well'
complete -c pptpctl -n "__fish_seen_subcommand_from dump metrics" -l output -r -d 'into a file'
complete -c pptpctl -l root -r -d 'look below it'
complete -c pptpctl -l help
complete -c pptpctl -l version
