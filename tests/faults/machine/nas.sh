# nas.sh: a NAS within the machine, to be sourced: ext4 at $SERVER, shared by Samba and by the kernel's NFS server.
# Its address is one of those that stand in documentation: at 127.0.0.1 it would be known to have the disks of this machine.
# Clients: mount_smb, mount_nfs (version 4) mount it at $NAS, each with more options where they are given.
for module in cifs nfsd nfsv4 nfs nls_utf8; do modprobe $module; done

export_nfs() { exportfs -o "rw,$1,no_root_squash,insecure,fsid=0" "*:$SERVER"; }
start_nfs() {
    export_nfs sync
    rpc.nfsd -N 3 -V 4 2
    echo Y > /proc/fs/nfsd/v4_end_grace # nobody has locks to claim again
}
start_smb() {
    smbd -D -s /run/smb.conf
    until (: < /dev/tcp/127.0.0.1/445) 2> /dev/null; do sleep 0.1; done
}
# Servers that say yes to every flush and do none.
lying_nfs() { export_nfs async; }
lying_smb() {
    pkill smbd
    sed -i 's/^\[smb\]$/&\n  strict sync = no/' /run/smb.conf
    start_smb
}
mount_smb() { mount -t cifs //192.0.2.7/smb "$NAS" -o "guest,vers=3.1.1${1:+,$1}"; }
mount_nfs() { mount -t nfs4 192.0.2.7:/nfs "$NAS" -o "${1:-soft,timeo=5,retrans=1}"; }

start_servers() {
    ip address add 192.0.2.7/32 dev lo
    mount -t ext4 -o commit=3600 /dev/ubdb "$SERVER" # its journal by a flush alone, as init.sh says
    mkdir -p "$SERVER/smb" "$SERVER/nfs"
    mount -t nfsd nfsd /proc/fs/nfsd
    mkdir -p /run/rpc_pipefs /var/lib/nfs/{sm,sm.bak,v4recovery,rpc_pipefs}
    touch /var/lib/nfs/{etab,rmtab,state}
    mount -t rpc_pipefs rpc /run/rpc_pipefs
    echo 10 > /proc/fs/nfsd/nfsv4leasetime
    rpcbind -w
    rpc.mountd
    cat > /run/smb.conf << CONFIGURATION
[global]
  server role = standalone server
  map to guest = Bad User
  guest account = root
  disable netbios = yes
  load printers = no
  lock directory = /run/samba
  state directory = /run/samba
  cache directory = /run/samba
  pid directory = /run/samba
  private dir = /run/samba
  log file = /var/log/samba/log
[smb]
  path = $SERVER/smb
  read only = no
  guest ok = yes
  force user = root
CONFIGURATION
    start_nfs
    start_smb
}
