# Hosts made of network namespaces, for programs under mpirun over TCP. To be sourced, by root.
# shellcheck shell=sh
PATH=$PATH:/usr/sbin
hosts_name=ggcn-$$
hosts_made=0

# hosts_missing: what this machine lacks for it, in words; nothing if it has everything.
hosts_missing() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "no root"
    elif ! command -v ip >/dev/null; then
        echo "no ip"
    elif ! ip netns add "$hosts_name" 2>/dev/null; then
        echo "no network namespaces"
    elif ! ip -n "$hosts_name" link add veth0 type veth peer name veth1 2>/dev/null; then
        echo "no veth pairs"
    fi
    ip netns del "$hosts_name" 2>/dev/null
}

# add_host DEVICE: the next host, $hosts_name-1 and so on, with a network device of this namespace as its eth0.
add_host() {
    hosts_made=$((hosts_made + 1))
    host=$hosts_name-$hosts_made
    ip netns add "$host" &&
        ip link set "$1" netns "$host" name eth0 &&
        ip -n "$host" addr add "10.254.254.$hosts_made/24" dev eth0 &&
        ip -n "$host" link set eth0 up &&
        ip -n "$host" link set lo up
}

# make_hosts COUNT: two with a cable between them, more at a switch.
make_hosts() {
    if [ "$1" -eq 2 ]; then
        ip link add "v$$-1" type veth peer name "v$$-2" && add_host "v$$-1" && add_host "v$$-2"
        return
    fi
    ip netns add "$hosts_name-switch" && ip -n "$hosts_name-switch" link add switch type bridge &&
        ip -n "$hosts_name-switch" link set switch up || return
    while [ "$hosts_made" -lt "$1" ]; do
        port=port$((hosts_made + 1))
        ip link add "v$$-1" type veth peer name "$port" netns "$hosts_name-switch" &&
            ip -n "$hosts_name-switch" link set "$port" master switch up && add_host "v$$-1" || return
    done
}

remove_hosts() {
    for host in $(ip netns list | grep -o "^$hosts_name-[0-9a-z]*"); do
        ip netns del "$host"
    done
}

# on_hosts LAUNCHER PROGRAM ARGUMENT...: a rank on each host, over TCP. Ends the shell that calls it. Needs a folder $folder
# for the file that mpirun calls in place of ssh: AGENT ADDRESS COMMAND...
on_hosts() {
    cat >"$folder/agent" <<AGENT
#!/bin/sh
number=\${1##*.}
shift
exec ip netns exec $hosts_name-\$number unshare --uts sh -c "hostname host\$number; \$*"
AGENT
    chmod +x "$folder/agent"
    list=10.254.254.1
    for number in $(seq 2 "$hosts_made"); do
        list=$list,10.254.254.$number
    done
    launcher_of_hosts=$1
    shift
    OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent=$folder/agent OMPI_MCA_plm_rsh_no_tree_spawn=1 OMPI_MCA_btl=tcp,self \
        OMPI_MCA_pml=ob1 OMPI_MCA_btl_tcp_if_include=10.254.254.0/24 OMPI_MCA_oob_tcp_if_include=10.254.254.0/24 \
        exec ip netns exec "$hosts_name-1" unshare --uts sh -c 'hostname host1; exec "$@"' sh \
        "$launcher_of_hosts" -np "$hosts_made" -host "$list" "$@"
}
