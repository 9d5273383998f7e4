package shell

import "strings"

// networkPrograms speak to other hosts or look after this one's network.
var networkPrograms = family{
	"curl": {
		risk:   Reads,
		valued: "-A -b -c -C -d -D -e -E -F -H -K -m -o -P -Q -r -t -T -u -U -w -x -X -y -Y -z --request --data --data-raw --data-binary --data-urlencode --data-ascii --json --form --form-string --header --output --output-dir --upload-file --user --user-agent --url --max-time --connect-timeout --retry --retry-delay --retry-max-time --write-out --cookie --cookie-jar --config --dump-header --cacert --cert --key --resolve --proxy --referer --interface --limit-rate --range --connect-to --unix-socket --quote --trace --trace-ascii --stderr --max-redirs --proto --tls-max --ciphers --aws-sigv4 --oauth2-bearer --etag-save --etag-compare --hostpubmd5 --krb --libcurl",
		judge:  curl,
	},
	"wget": {
		risk:   Reads,
		valued: "-O -o -a -P -U -T -t -Q -w -A -R -D -l -i -e --output-document --post-data --post-file --header --method --body-data --timeout --tries --user --password --user-agent --directory-prefix --execute --input-file",
		raise:  raises{"--delete-after --use-askpass": Changes, "-e --execute --config --use-server-timestamps": Unknown}, wary: true, judge: wget,
	},
	"http https httpie xh":              {risk: Unknown},
	"ab wrk hey k6 siege vegeta jmeter": {risk: Changes},
	"lighthouse":                        {risk: Changes},
	"ssh": {
		risk: Reads, stop: true,
		valued: "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w -P",
		plain:  "-4 -6 -A -a -C -f -G -g -K -k -M -N -n -q -s -T -t -V -v -X -x -Y -y",
		judge:  ssh,
	},
	"mosh telnet":                   {risk: Unknown, interactive: when{always: true}},
	"scp":                           {risk: Changes, valued: "-c -D -F -i -J -l -o -P -S -X", raise: raises{"-S -o -D -F": Unknown}, judge: copiesRemote},
	"sftp ftp lftp":                 {risk: Unknown, interactive: when{always: true, without: "-b -c -e -f"}},
	"sshpass":                       {risk: Reads, stop: true, valued: "-p -f -d -P", plain: "-e -v", judge: startsOperands},
	"ssh-keygen":                    {risk: Changes, raise: raises{"-R": Destroys}},
	"ssh-keyscan":                   {risk: Reads},
	"ssh-add ssh-agent ssh-copy-id": {risk: Changes},
	"nc ncat netcat": {
		risk: Reads, valued: "-w -i -p -q -s -x -X -T -G -I -O", raise: raises{"-e -c --exec --sh-exec --lua-exec -l --listen": Unknown},
		// Only asking whether a port is open is known to be harmless.
		judge: func(c *call) {
			if !c.hasAny("-z") {
				c.in.worse(Unknown)
			}
		},
	},
	"socat":            {risk: Unknown},
	"ping ping6 fping": {risk: Reads, valued: "-c -i -w -W -s -t -I -p -m -M", endless: when{always: true, without: "-c -w"}},
	"arping":           {risk: Reads, valued: "-c -w -I -s", endless: when{always: true, without: "-c -w -f"}},
	"dig nslookup host drill whois traceroute tracepath traceroute6 ss netstat geoiplookup": {
		risk: Reads, raise: raises{"-K --kill": Changes},
	},
	"mtr":          {risk: Reads, valued: "-c -i", interactive: when{always: true, without: "-r --report -w --report-wide -c"}, endless: when{always: true, without: "-r --report -w --report-wide -c"}},
	"nmap masscan": {risk: Changes},
	"tcpdump tshark ngrep": {
		risk: Reads, valued: "-i -c -w -r -G -W -C -s -z -X -O", raise: raises{"-w -O": Changes, "-z -X": Unknown},
		endless: when{always: true, without: "-c -r -D --count -a"},
	},
	"ip": {
		valued: "-n -netns -f -family -rc -rcvbuf -l", single: true, wary: true,
		plain: "-4 -6 -s -stats -statistics -d -details -o -oneline -br -brief -c -color -j -json -p -pretty -h -human -r -resolve -N",
		verbs: family{
			"a addr address link l r ro route n neigh neighbour rule netns m maddr tunnel": {risk: Reads, raw: true, judge: ipVerb},
			"monitor": {risk: Reads, endless: when{always: true}},
		},
	},
	"ifconfig route arp ethtool iwconfig":                            {risk: Reads, raw: true, judge: interfaceSet},
	"ifup ifdown nmcli netplan dhclient wg wg-quick brctl bridge tc": {risk: Changes},
	"iptables ip6tables":                                             {risk: Reads, raw: true, judge: iptables},
	"iptables-save ip6tables-save":                                   {risk: Reads, raise: raises{"-f --file -M --modprobe": Changes}},
	"iptables-restore ip6tables-restore ipset ebtables arptables":    {risk: Changes, raise: raises{"-X -F": Destroys}},
	"nft": {plain: "-a -n -s -j", verbs: family{
		"list": {risk: Reads}, "add insert create replace rename": {risk: Changes}, "delete flush destroy reset": {risk: Destroys},
	}},
	"ufw": {plain: "--force", verbs: family{
		"status show version app": {risk: Reads}, "allow deny reject limit enable disable reload logging default insert route": {risk: Changes}, "delete reset": {risk: Destroys},
	}},
	"firewall-cmd":               {risk: Changes},
	"fail2ban-client":            {verbs: family{"status ping version": {risk: Reads}, "set start stop reload restart unban": {risk: Changes}}},
	"conntrack":                  {risk: Reads, raise: raises{"-D -F -U -I --delete --flush --update --create": Changes}, endless: when{with: "-E --event"}},
	"testssl testssl.sh sslscan": {risk: Changes},
	"grpcurl":                    {risk: Unknown},
	"slack slackcat pd opsgenie lab statuspage pagerduty": {risk: Changes},
	"aria2c": {risk: Changes},
}

// curl judges the method, what is sent and what is written.
func curl(c *call) {
	if c.hasAny("-d --data --data-raw --data-binary --data-urlencode --data-ascii --json -F --form --form-string") && !c.hasAny("-G --get") {
		c.in.worse(Changes)
	}
	for _, m := range c.values("-X --request") {
		c.in.worse(method(m))
	}
	// curl takes any unambiguous beginning of a long flag.
	if c.shortened("--request --upload-file --output --config --json --form --quote --dump-header --data --cookie-jar --remote-name") {
		c.in.worse(Unknown)
	}
	if c.hasAny("-T --upload-file -Q --quote") {
		c.in.worse(Changes)
	}
	if q, ok := c.value("-Q --quote"); ok && (strings.Contains(strings.ToUpper(q.text), "DEL") || strings.Contains(strings.ToUpper(q.text), "RM")) {
		c.in.worse(Destroys)
	}
	if c.hasAny("-K --config") {
		c.in.worse(Unknown)
	}
	if c.hasAny("-O --remote-name --remote-name-all -J --remote-header-name") {
		c.in.worse(Changes)
	}
	for _, f := range c.values("-o --output -D --dump-header -c --cookie-jar --trace --trace-ascii --stderr --etag-save --libcurl") {
		if f.text != "-" {
			c.in.write(f, false)
		}
	}
	for _, u := range append(c.values("--url"), c.operand...) {
		c.in.url(u)
	}
}

func (a *analyst) url(g arg) {
	if strings.Contains(g.text, "://") || strings.IndexByte(g.text, '.') > 0 && strings.IndexByte(g.text, ' ') < 0 || strings.HasPrefix(g.text, "localhost") {
		a.touch("url", arg{text: withoutSecrets(g.text)})
	}
}

// method is the risk of an HTTP method.
func method(m arg) Risk {
	switch strings.ToUpper(m.text) {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND":
		return Reads
	case "POST", "PUT", "PATCH", "MKCOL", "COPY", "MOVE", "LOCK":
		return Changes
	case "DELETE", "PURGE":
		return Destroys
	}
	return Unknown
}

func wget(c *call) {
	for _, m := range c.values("--method") {
		c.in.worse(method(m))
	}
	switch f, ok := c.value("-O --output-document"); {
	case c.hasAny("--post-data --post-file --body-data --body-file"), !ok && !c.hasAny("--spider -V --version"):
		c.in.worse(Changes) // it saves what it gets
	case ok && f.text != "-":
		c.in.write(f, false)
	}
	if c.shortened("--method --post-data --post-file --body-data --execute --use-askpass --config --output-document") || c.hasAny("-o -a --output-file --append-output --warc-file --save-cookies") {
		c.in.worse(Changes)
	}
	for _, u := range c.operand {
		c.in.url(u)
	}
}

// ssh judges the command for the far side; without one it is a hop.
func ssh(c *call) {
	for _, o := range append(c.values("-o"), c.values("-F -S -E")...) {
		key, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(o.text)), "=")
		key, _, _ = strings.Cut(key, " ")
		if !listed("stricthostkeychecking userknownhostsfile connecttimeout batchmode serveraliveinterval serveralivecountmax loglevel port user identityfile identitiesonly forwardagent compression addkeystoagent passwordauthentication preferredauthentications checkhostip globalknownhostsfile requesttty", key) {
			c.in.worse(Unknown)
		}
	}
	if len(c.operand) == 0 {
		if !c.hasAny("-V -Q -G") {
			c.in.worse(Unknown)
		}
		return
	}
	host, rest := c.operand[0], c.operand[1:]
	if _, bare, ok := strings.Cut(host.text, "@"); ok {
		c.in.touch("host", arg{text: bare, computed: host.computed})
	} else {
		c.in.touch("host", host)
	}
	switch {
	case len(rest) > 0:
		c.in.shellReading(joined(rest), c.stdin)
	case c.stdin.piped:
		c.in.interpretInput(c.stdin)
	case c.hasAny("-N"):
		c.in.endless = c.in.endless || !c.hasAny("-f")
		c.in.worse(Changes)
	default:
		c.in.worse(Unknown)
		c.in.out.Interactive = true
		c.in.out.RemoteHost = show(host.text)
	}
}

// copiesRemote names the hosts that scp writes to or reads from.
func copiesRemote(c *call) {
	for _, g := range c.operand {
		if host, _, ok := strings.Cut(g.text, ":"); ok && strings.IndexByte(host, '/') < 0 {
			if _, bare, ok := strings.Cut(host, "@"); ok {
				host = bare
			}
			c.in.touch("host", arg{text: host})
		}
	}
	if len(c.operand) > 1 {
		to := c.operand[len(c.operand)-1]
		if host, _, ok := strings.Cut(to.text, ":"); !ok || strings.IndexByte(host, '/') >= 0 {
			c.in.write(to, false)
		}
	}
}

// ipVerb judges `ip addr …`: only showing is harmless.
func ipVerb(c *call) {
	rest := c.args
	for i, g := range c.args {
		if g.text == c.verbs[0] {
			rest = c.args[i+1:]
			break
		}
	}
	if len(rest) == 0 {
		return
	}
	switch {
	case listed("show list lst sh s ls get identify pids", rest[0].text):
	case c.verbs[0] == "netns" && rest[0].text == "exec" && len(rest) > 2:
		c.in.nested(rest[2:], c.stdin)
	case listed("flush delete del d", rest[0].text):
		c.in.worse(Destroys)
	default:
		c.in.worse(Changes)
	}
}

// interfaceSet: one operand shows an interface, more set it.
func interfaceSet(c *call) {
	words := 0
	for _, g := range c.args {
		if g.isFlag() && !listed("-a -s -n -e -v -S -i -k -g -c -l -m", g.text) {
			c.in.worse(Changes)
		}
		if !g.isFlag() {
			words++
		}
	}
	if words > 1 || c.name == "route" && words > 0 {
		c.in.worse(Changes)
	}
}

func iptables(c *call) {
	for i, g := range c.args {
		switch {
		case listed("-L --list -S --list-rules -n -v -x --line-numbers --numeric --verbose -nL -vnL -nvL -Ln -Lnv -Lvn -vL -C --check -w --wait", g.text):
		case listed("-F --flush -X --delete-chain -D --delete -Z --zero", g.text):
			c.in.worse(Destroys)
		case g.text == "-t" || i > 0 && c.args[i-1].text == "-t":
		case g.isFlag() && strings.ContainsAny(strings.TrimLeft(g.text, "-"), "FXD"):
			c.in.worse(Destroys)
		case g.isFlag():
			c.in.worse(Changes)
		case g.computed:
			c.in.worse(Unknown)
		}
	}
	if len(c.args) == 0 {
		c.in.worse(Unknown)
	}
}
