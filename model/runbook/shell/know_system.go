package shell

import "strings"

// systemPrograms look after processes, services, users, the clock and the
// kernel.
var systemPrograms = family{
	"ps pstree pgrep pidof vmstat mpstat iostat nfsstat free uptime w who whoami id groups last uname nproc lscpu lsusb lspci lsmod getent locale objdump readelf getconf lsb_release hostid tty printenv logname users pmap pwdx ausearch aureport sestatus getenforce getsebool aa-status atq": {risk: Reads},
	"lshw":      {risk: Reads, single: true, raise: raises{"-dump": Changes}},
	"sar dstat": {risk: Reads, raise: raises{"-o --output": Changes}},
	"pidstat":   {risk: Reads, raise: raises{"-e": Unknown}},
	"lastlog":   {risk: Reads, raise: raises{"-C --clear -S --set": Changes}},
	"top htop btop atop glances iotop iftop nethogs slabtop powertop nmon": {
		risk: Reads, valued: "-n -d -p -u -o -l", interactive: when{always: true, without: "-b --batch"}, endless: when{always: true, without: "-n --iterations -bn1 -l"},
	},
	"hostname domainname": {risk: Reads, judge: func(c *call) {
		if len(c.operand) > 0 || c.hasAny("-F --file -b --boot") {
			c.in.worse(Changes)
		}
	}},
	"hostnamectl timedatectl localectl": {alone: Reads, verbs: family{
		"status show list-timezones timesync-status show-timesync": {risk: Reads},
		"*": {risk: Changes},
	}},
	"dmesg":  {risk: Reads, valued: "-l -f -n -s --level --facility --since --until", raise: raises{"-C --clear -c --read-clear": Destroys, "-D -E -n --console-off --console-on --console-level": Changes}, endless: when{with: "-w -W --follow --follow-new"}},
	"sysctl": {risk: Reads, valued: "-w -p -f --load --write", raise: raises{"-w --write -p --load --system -f": Changes}, judge: setsWithEquals},
	"kill":   {risk: Reads, raw: true, blind: true, judge: kill},
	"pkill killall killall5 skill snice renice xkill": {risk: Changes},
	"reboot shutdown halt poweroff telinit init":      {risk: Destroys},
	"kexec insmod rmmod modprobe depmod":              {risk: Changes},
	"systemctl": {
		valued: "-n --lines -o --output -H --host -M --machine -p --property -t --type --state -s --signal --kill-who --root --job-mode",
		plain:  "--user --system --no-pager -l --full -q --quiet -a --all --now -f --force --no-block --failed --runtime --no-legend --plain --no-ask-password -r --recursive --wait",
		alone:  Reads,
		verbs: family{
			"status show cat list-units list-unit-files list-timers list-sockets list-dependencies list-jobs is-active is-enabled is-failed is-system-running get-default help show-environment list-machines list-automounts list-paths whoami":                                                                                                 {risk: Reads},
			"start stop restart reload try-restart reload-or-restart try-reload-or-restart condrestart force-reload enable disable mask unmask reenable preset daemon-reload daemon-reexec reset-failed set-property set-default set-environment unset-environment import-environment kill isolate link freeze thaw log-level service-log-level": {risk: Changes, judge: unitTouched},
			"edit":         {risk: Changes, interactive: when{always: true}},
			"clean revert": {risk: Destroys},
			"poweroff reboot halt suspend hibernate kexec rescue emergency exit soft-reboot switch-root": {risk: Destroys},
		},
	},
	"service": {risk: Reads, raw: true, judge: service},
	"journalctl": {
		risk: Reads, valued: "-u --unit -n --lines -p --priority -S --since -U --until -o --output -t --identifier -b --boot -D --directory -g --grep -M -k --user-unit -c --cursor",
		raise:   raises{"--rotate --flush --sync --relinquish-var --update-catalog --setup-keys": Changes, "--vacuum-size --vacuum-time --vacuum-files": Destroys, "--cursor-file": Changes},
		endless: when{with: "-f --follow"},
	},
	"loginctl machinectl networkctl resolvectl coredumpctl busctl": {alone: Reads, plain: "--no-pager", verbs: family{
		"list list-sessions list-users session-status user-status show-session show-user status show query statistics info dns": {risk: Reads},
	}},
	"systemd-analyze": {alone: Reads, plain: "--no-pager --user --system", verbs: family{
		"time blame critical-chain dump plot dot verify security calendar timespan syscall-filter unit-paths cat-config condition": {risk: Reads},
	}},
	"systemd-cgls":    {risk: Reads},
	"systemd-resolve": {risk: Reads, raise: raises{"--flush-caches --reset-statistics --set-dns --set-domain --revert": Changes}, wary: true},
	"systemd-cgtop":   {risk: Reads, endless: when{always: true}, interactive: when{always: true}},
	"crontab": {
		risk: Reads, valued: "-u", raise: raises{"-r": Destroys, "-e": Changes}, interactive: when{with: "-e"},
		judge: func(c *call) {
			if !c.hasAny("-l") {
				c.in.worse(Changes)
			}
		},
	},
	"atrm": {risk: Destroys},
	"useradd usermod groupadd groupmod adduser addgroup passwd chpasswd chsh chfn gpasswd chage update-alternatives": {risk: Changes},
	"userdel groupdel deluser delgroup": {risk: Destroys},
	"perf": {plain: "--no-pager", verbs: family{
		"list report": {risk: Reads},
	}},
	"setenforce setsebool semanage restorecon chcon apparmor_parser auditctl": {risk: Changes},
	"certbot": {alone: Changes, valued: "-d --domain --cert-name -m --email -w --webroot-path", plain: "-n --non-interactive -q --quiet -v --nginx --apache --webroot --standalone --agree-tos --dry-run", verbs: family{
		"certificates show_account plugins":                                      {risk: Reads},
		"renew certonly run install enhance register update_account reconfigure": {risk: Changes},
		"revoke delete unregister rollback":                                      {risk: Destroys},
	}},
	"supervisorctl": {valued: "-c -s -u -p", verbs: family{
		"status pid avail version": {risk: Reads},
		"tail":                     {risk: Reads, endless: when{with: "-f"}},
		"start stop restart signal reload update reread add": {risk: Changes},
		"clear remove shutdown":                              {risk: Destroys},
	}},
	"ntpdate chronyc ntpq": {risk: Changes},
	"sysdig bpftrace bcc":  {risk: Unknown},
	"nginx openresty": {
		risk: Reads, valued: "-s -c -g -p -e", raise: raises{"-g": Unknown}, judge: nginx,
	},
	"apachectl apache2ctl httpd": {risk: Unknown, alone: Changes, verbs: family{
		"configtest status fullstatus":              {risk: Reads},
		"start stop restart graceful graceful-stop": {risk: Changes},
	}},
	"haproxy varnishadm varnishreload": {risk: Unknown},
}

// setsWithEquals is for sysctl name=value, which sets.
func setsWithEquals(c *call) {
	for _, g := range c.operand {
		if strings.IndexByte(g.text, '=') >= 0 {
			c.in.worse(Changes)
		}
	}
}

func unitTouched(c *call) {
	for _, g := range c.operand {
		if strings.HasPrefix(g.text, "nginx") {
			c.in.touch("nginx", arg{text: "nginx"})
		}
	}
}

func kill(c *call) {
	if len(c.args) == 0 || !listed("-0 -l -L --list --table", c.args[0].text) {
		c.in.worse(Changes)
	}
}

// service judges `service NAME ACTION`.
func service(c *call) {
	if len(c.args) > 0 && strings.HasPrefix(c.args[0].text, "nginx") {
		c.in.touch("nginx", arg{text: "nginx"})
	}
	switch {
	case len(c.args) == 1 && c.args[0].text == "--status-all":
	case len(c.args) == 2 && c.args[1].text == "status":
	case len(c.args) == 2 && listed("start stop restart reload force-reload condrestart try-restart", c.args[1].text):
		c.in.worse(Changes)
	default:
		c.in.worse(Unknown)
	}
}

// nginx only tests and prints when told to; without flags it starts.
func nginx(c *call) {
	if c.hasAny("-t -T -v -V -h -?") && !c.hasAny("-s") {
		return
	}
	c.in.worse(Changes)
	c.in.touch("nginx", arg{text: "nginx"})
}
