package shell

import (
	"strings"
	"testing"
)

// judged is a command and what it may do.
type judged struct {
	risk Risk
	text string
}

func checkRisks(t *testing.T, table []judged) {
	t.Helper()
	for _, want := range table {
		if got := Analyze(want.text); got.Risk != want.risk {
			t.Errorf("%q is %s, want %s (%v)", want.text, got.Risk, want.risk, got.Warnings)
		}
	}
}

func TestWorse(t *testing.T) {
	order := []Risk{Reads, Changes, Unknown, Destroys}
	for i, a := range order {
		for j, b := range order {
			if got := a.Worse(b); got != order[max(i, j)] {
				t.Errorf("%s.Worse(%s) = %s", a, b, got)
			}
		}
	}
	if got := Risk("").Worse(Reads); got != Unknown {
		t.Errorf("the zero risk comes out as %s", got)
	}
}

func TestEveryRuleHasARiskOrVerbsOrAJudge(t *testing.T) {
	var check func(path string, r *rule)
	check = func(path string, r *rule) {
		switch r.risk {
		case Reads, Changes, Unknown, Destroys:
		case "":
			if r.byVerb == nil {
				t.Errorf("%s says nothing", path)
			}
		default:
			t.Errorf("%s has the risk %q", path, r.risk)
		}
		for name, sub := range r.byVerb {
			check(path+" "+name, sub)
		}
	}
	for name, r := range programs() {
		check(name, r)
	}
}

// A name listed twice would mean one thing or the other as the map happens to
// be walked.
func TestNoNameIsListedTwice(t *testing.T) {
	var check func(path string, f family, seen map[string]bool)
	check = func(path string, f family, seen map[string]bool) {
		for names, r := range f {
			for name := range strings.FieldsSeq(names) {
				if seen[name] {
					t.Errorf("%s%s is listed twice", path, name)
				}
				seen[name] = true
			}
			check(path+names+" ", r.verbs, make(map[string]bool))
		}
	}
	all := make(map[string]bool)
	for _, f := range []family{
		builtinPrograms, filePrograms, textPrograms, systemPrograms, networkPrograms, containerPrograms, cloudPrograms,
		nodePrograms, packagePrograms, dataPrograms, versionPrograms, wrapperPrograms, interpreterPrograms,
	} {
		check("", f, all)
	}
}

func TestWrappers(t *testing.T) {
	checkRisks(t, []judged{
		{Reads, `sudo ls /root`},
		{Reads, `sudo -n -u postgres psql -c "SELECT 1"`},
		{Changes, `sudo systemctl restart nginx`},
		{Destroys, `sudo rm -rf /var/cache/x`},
		{Destroys, `sudo -u root -- rm x`},
		{Destroys, `sudo env A=b rm x`},
		{Destroys, `sudo bash -c 'rm x'`},
		{Destroys, `sudo -s rm x`},
		{Unknown, `sudo -i`},
		{Unknown, `sudo su -`},
		{Changes, `sudo -e /etc/hosts`},
		{Unknown, `sudo --unheard-of ls`},
		{Destroys, `doas rm x`},
		{Reads, `doas -u www ls`},
		{Destroys, `su -c 'rm x'`},
		{Reads, `su - postgres -c "psql -c 'SELECT 1'"`},
		{Unknown, `su - postgres`},
		{Destroys, `runuser -u app -- rm x`},
		{Reads, `env`},
		{Reads, `env NODE_ENV=production ls`},
		{Destroys, `env -i rm x`},
		{Destroys, `env -u HOME FOO=1 rm x`},
		{Destroys, `env -S 'rm x'`},
		{Reads, `timeout 10 curl -f http://localhost:3000/health`},
		{Destroys, `timeout -k 5 10 rm x`},
		{Reads, `timeout --signal=KILL 5s tail -f /var/log/syslog`},
		{Destroys, `nohup rm x &`},
		{Destroys, `nice -n 19 rm x`},
		{Reads, `ionice -c3 nice -n19 du -sh /var`},
		{Destroys, `stdbuf -oL rm x`},
		{Reads, `time ls`},
		{Destroys, `time rm x`},
		{Destroys, `command rm x`},
		{Reads, `command -v node`},
		{Destroys, `exec rm x`},
		{Destroys, `setsid rm x`},
		{Destroys, `flock -n /tmp/lock rm x`},
		{Destroys, `flock /tmp/lock -c 'rm x'`},
		{Reads, `flock -n /tmp/lock df -h`},
		{Destroys, `taskset -c 0 rm x`},
		{Destroys, `watch -n1 rm x`},
		{Reads, `watch -n 5 'pm2 jlist | jq length'`},
		{Reads, `ls | xargs -n1 stat`},
		{Destroys, `ls | xargs rm -f`},
		{Destroys, `ls -1t db_* | tail -n +6 | xargs -r rm -f`},
		{Destroys, `cat list | xargs -I{} rm {}`},
		{Destroys, `cat list | xargs -I{} sh -c 'rm {}'`},
		{Destroys, `cat list | xargs -l rm ls`},
		{Unknown, `cat list | xargs kubectl`},
		{Unknown, `cat list | xargs curl`},
		{Reads, `cat list | xargs`},
		{Reads, `pgrep node | xargs -n1 pwdx`},
		{Changes, `pgrep node | xargs kill`},
		{Destroys, `parallel rm ::: a b`},
		{Unknown, `parallel ls ::: a b`},
		{Destroys, `busybox rm x`},
		{Changes, `chroot /mnt ls`},
		{Destroys, `chroot /mnt rm x`},
		{Reads, `bash -c 'ls; df -h'`},
		{Destroys, `bash -c 'ls; rm x'`},
		{Destroys, `sh -ec 'rm x'`},
		{Destroys, `bash -lc "rm x"`},
		{Unknown, `bash -c "$CMD"`},
		{Unknown, `bash deploy.sh`},
		{Unknown, `sh`},
		{Destroys, `bash -c "bash -c 'rm x'"`},
		{Destroys, "bash <<EOF\nrm x\nEOF"},
		{Reads, "bash <<'EOF'\nls\nEOF"},
		{Destroys, `bash <<< 'rm x'`},
		{Unknown, `bash <<< "$X"`},
		{Unknown, `curl -s https://example.com/install.sh | bash`},
		{Destroys, `echo 'rm x' | sh`},
		{Destroys, `eval 'rm x'`},
		{Unknown, `eval "$(ssh-agent)"`},
	})
}

func TestShellItself(t *testing.T) {
	checkRisks(t, []judged{
		{Reads, ``},
		{Reads, `# nothing but a comment`},
		{Reads, `cd /opt/app`},
		{Reads, `echo hello`},
		{Reads, `APP=glowglitch-app`},
		{Changes, `export NODE_ENV=production`},
		{Reads, `POD=$(kubectl get pods -o name | head -1); kubectl logs "$POD"`},
		{Reads, `[ -f /etc/nginx/nginx.conf ] && echo yes`},
		{Reads, `[[ $STATUS == 200 ]] || echo down`},
		{Reads, `if [ "$HEALTH" = healthy ]; then echo ok; else exit 1; fi`},
		{Destroys, `if true; then rm x; fi`},
		{Destroys, `if false; then ls; elif true; then ls; else rm x; fi`},
		{Reads, `for i in 1 2 3; do curl -sf "http://localhost:300$i/health"; done`},
		{Destroys, `for f in *; do rm "$f"; done`},
		{Reads, `while read -r l; do echo "$l"; done < list.txt`},
		{Destroys, `while rm x; do :; done`},
		{Destroys, `case $1 in *) rm x;; esac`},
		{Destroys, `(cd /tmp && rm x)`},
		{Destroys, `{ rm x; }`},
		{Destroys, `! rm x`},
		{Destroys, `f() { rm x; }; f`},
		{Destroys, `ls & rm x`},
		{Destroys, `true && false || rm x`},
		{Destroys, `echo "$(rm x)"`},
		{Destroys, "echo `rm x`"},
		{Destroys, `diff <(ls) <(rm x)`},
		{Destroys, `echo ${X:-$(rm x)}`},
		{Destroys, `A=$(rm x) ls`},
		{Destroys, `export A=$(rm x)`},
		{Destroys, `trap 'rm x' EXIT`},
		{Destroys, `alias ll='rm x'`},
		{Unknown, `source venv/bin/activate`},
		{Unknown, `. ./env.sh`},
		{Unknown, `if then`},
		{Unknown, `echo "never closed`},
		{Changes, `echo x > notes.txt`},
		{Changes, `echo x >> /etc/hosts`},
		{Destroys, `echo x > /etc/hosts`},
		{Destroys, `> /var/log/app.log`},
		{Destroys, `: > /var/log/app.log`},
		{Destroys, `cat /dev/null > app.log`},
		{Destroys, `cat image > /dev/sda`},
		{Reads, `ls > /dev/null 2>&1`},
		{Reads, `ls &>/dev/null`},
		{Changes, `ls 2> err.txt`},
		{Destroys, `ls 2> /etc/passwd`},
		{Changes, "cat > notes.md <<EOF\n# x\nEOF"},
		{Destroys, "cat > /etc/nginx/conf.d/a.conf <<'EOF'\nserver {}\nEOF"},
		{Changes, `ls | tee out.txt`},
		{Destroys, `ls | sudo tee /etc/passwd`},
		{Changes, `ls | sudo tee -a /etc/passwd`},
		{Reads, `ls | tee /dev/null`},
		{Unknown, `frobnicate --all`},
		{Unknown, `./deploy.sh`},
		{Unknown, `/tmp/ls`},
		{Reads, `/usr/bin/ls`},
		{Destroys, `/bin/rm x`},
		{Destroys, `./rm x`},
	})
}
