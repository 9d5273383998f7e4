package shell

import (
	"slices"
	"strings"
	"testing"
)

func TestEndless(t *testing.T) {
	for text, want := range map[string]bool{
		`pm2 logs`: true, `pm2 logs app --lines 100`: true, `pm2 logs app | grep x`: true, `pm2 logs app --nostream`: false, `pm2 logs app --nostream --lines 200 | grep x`: false,
		`tail -f x`: true, `tail -F x`: true, `tail -n 10 -f x`: true, `tail -100f x`: true, `tail --follow=name x`: true, `tail -n 10 x`: false,
		`watch -n1 ls`: true, `top`: true, `top -b -n1`: false, `top -bn1 | head`: false, `htop`: true, `journalctl -f -u app`: true, `journalctl -u app -n 10`: false, `journalctl -fu app`: true,
		`kubectl logs -f pod`: true, `kubectl logs pod`: false, `kubectl logs --follow deploy/x`: true, `kubectl get pods -w`: true, `kubectl get pods --watch`: true, `kubectl get pods`: false,
		`kubectl port-forward svc/x 1:1`: true, `kubectl port-forward svc/x 1:1 &`: false, `docker logs -f x`: true, `docker logs x`: false, `docker stats`: true, `docker stats --no-stream`: false,
		`docker compose up`: true, `docker compose up -d`: false, `docker-compose logs -f`: true, `ping example.com`: true, `ping -c 3 example.com`: false, `ping -c3 example.com`: false,
		`while true; do date; sleep 1; done`: true, `while :; do ls; done`: true, `while true; do ls && break; done`: false, `until false; do ls; done`: true, `for ((;;)); do ls; done`: true,
		`for i in 1 2; do ls; done`: false, `while [ $i -lt 3 ]; do ls; done`: false, `npm start`: true, `npm run dev`: true, `npm run build`: false, `yarn dev`: true, `node server`: true, `node server.js`: true,
		`node --max-old-space-size=4096 npm start`: true, `npm start &`: false, `nohup npm start &`: false, `yes`: true, `yes | apt-get install x`: false, `timeout 10 tail -f x`: false, `dmesg -w`: true, `tcpdump -i eth0`: true,
		`tcpdump -c 10 -i eth0`: false, `sudo tail -f x`: true, `ssh host tail -f x`: true, `bash -c 'tail -f x'`: true, `redis-cli monitor`: true, `redis-cli --stat`: true, `mongostat`: true, `aws logs tail x --follow`: true,
		`python3 -m http.server`: true, `f() { tail -f x; }`: false, `ls`: false, `curl http://x`: false,
	} {
		if got := Analyze(text).Endless; got != want {
			t.Errorf("%q: endless %t", text, got)
		}
	}
}

func TestInteractive(t *testing.T) {
	for text, want := range map[string]bool{
		`pm2 monit`: true, `pm2 list`: false, `vim x`: true, `nano .env`: true, `sudo visudo`: true, `less x`: true, `top`: true, `top -b -n1`: false, `htop`: true, `ssh host`: true, `ssh -i k user@host`: true, `ssh host uptime`: false,
		"ssh host <<EOF\nuptime\nEOF": false, `mongosh`: true, `mongosh "$URI"`: true, `mongosh "$URI" --eval "1"`: false, `mongosh --file x.js`: false, `mongosh < x.js`: false, `mongosh --shell --eval "1"`: true,
		`psql "$URL"`: true, `psql -c "SELECT 1"`: false, `psql -f x.sql`: false, `psql < x.sql`: false, `psql -l`: false, `mysql -u root -p`: true, `mysql -e "SELECT 1"`: false, `redis-cli`: true, `redis-cli ping`: false,
		`crontab -e`: true, `crontab -l`: false, `kubectl edit deploy x`: true, `kubectl exec -it pod -- bash`: true, `kubectl exec pod -- ls`: false, `docker exec -it x bash`: true, `docker exec -it x ls`: true, `docker exec x ls`: false,
		`docker run -it alpine`: true, `docker run -d alpine`: false, `read -p "Sure?" x`: true, `read x < f`: false, `echo y | read x`: false, `sudo -i`: true, `su - postgres`: true, `su - postgres -c "ls"`: false, `bash`: true, `bash -c ls`: false,
		`terraform apply`: true, `terraform apply -auto-approve`: false, `watch ls`: true, `man ls`: true, `ls`: false, `openssl s_client -connect x:443`: true, `echo | openssl s_client -connect x:443`: false, `while read l; do echo $l; done < f`: false,
	} {
		if got := Analyze(text).Interactive; got != want {
			t.Errorf("%q: interactive %t", text, got)
		}
	}
}

func TestPrograms(t *testing.T) {
	for text, want := range map[string]string{
		`sudo systemctl restart nginx`: "sudo systemctl", `curl http://x | jq . | grep -c y`: "curl jq grep", `cd /x && npm ci`: "npm", `export A=1`: "", `kill -9 $(pgrep node)`: "pgrep kill",
		`bash -c 'pm2 restart x'`: "bash pm2", `ssh host 'pm2 restart x'`: "ssh pm2", `ls | xargs rm`: "ls xargs rm", `./scripts/x.sh`: "./scripts/x.sh", `for i in 1; do ls; ls; done`: "ls",
		`timeout 5 curl x`: "timeout curl", `find . -exec grep x {} +`: "find grep", `env A=b node x.js`: "env node", `docker exec c redis-cli ping`: "docker", `echo x`: "", `f() { ls; }; f`: "ls",
	} {
		if got := strings.Join(Analyze(text).Programs, " "); got != want {
			t.Errorf("%q starts %q, want %q", text, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	for _, want := range []struct{ text, reads, sets string }{
		{`export A=1 B=2`, "", "A B"}, {`export A`, "", "A"}, {`A=1`, "", "A"}, {`A=1 ls`, "", ""}, {`echo $A ${B} "$C"`, "A B C", ""}, {`A=1; echo $A`, "", "A"}, {`echo '$A'`, "", ""},
		{`mongosh $MONGODB_URI --eval "db.x.count()"`, "MONGODB_URI", ""}, {`export PATH=$PATH:/usr/local/bin`, "PATH", "PATH"}, {`for i in 1 2; do echo $i; done`, "", ""}, {`echo $1 $? $$ $#`, "", ""},
		{`echo ${A:-x}`, "A", ""}, {"cat <<EOF\n$A\nEOF", "A", ""}, {"cat <<'EOF'\n$A\nEOF", "", ""}, {`read A; echo $A`, "", ""}, {`A=$B`, "B", "A"}, {`echo $PWD $HOME`, "HOME", ""}, {`declare -x A=1`, "", "A"}, {`for f in $LIST; do ls; done`, "LIST", ""},
	} {
		got := Analyze(want.text)
		if r, s := strings.Join(got.EnvReads, " "), strings.Join(got.EnvSets, " "); r != want.reads || s != want.sets {
			t.Errorf("%q reads %q and sets %q, want %q and %q", want.text, r, s, want.reads, want.sets)
		}
	}
}

func TestTouches(t *testing.T) {
	for text, want := range map[string]string{
		`pm2 restart glowglitch-app`: "pm2 glowglitch-app", `pm2 restart a b`: "pm2 a, pm2 b", `pm2 scale app 4`: "pm2 app", `pm2 start ecosystem.config.js`: "path ecosystem.config.js", `pm2 start npm --name api -- start`: "pm2 api",
		`pm2 logs app | grep x`: "pm2 app", `pm2 restart <app>`: "", `pm2 restart $APP`: "", `APP=x; pm2 restart $APP`: "pm2 x",
		`curl https://example.com/health`: "url https://example.com/health", `curl "https://user:secret@example.com/x"`: "url https://example.com/x", `curl "https://example.com/x?token=secret"`: "url https://example.com/x",
		`mongosh "mongodb://root:p@ss@db:27017/shop?authSource=admin" --eval "db.orders.countDocuments()"`: "mongo mongodb://db:27017/shop, mongo shop.orders",
		`mongosh --eval "db.orders.find()"`: "mongo orders", `mongosh --eval "db.getCollection('orders').find()"`: "mongo orders", `mongosh --eval "db.serverStatus()"`: "",
		`mongorestore --uri="$U" --dir=/backups/latest --drop`: "path /backups/latest", `mongodump --db shop --collection orders --out /backups`: "mongo shop.orders, path /backups",
		`nginx -s reload`: "nginx nginx", `systemctl reload nginx`: "nginx nginx", `service nginx restart`: "nginx nginx", `nginx -t`: "", `systemctl restart app`: "",
		`rm -rf /tmp/a b`: "path /tmp/a, path b", `echo x > out.txt`: "path out.txt", `ls > /dev/null`: "", `cp a b`: "path a, path b", `sed -i s/a/b/ x.conf`: "path x.conf", `dd if=/dev/zero of=/tmp/x`: "path /tmp/x",
		`git checkout v1.2.3`: "git v1.2.3", `git revert abc123 --no-edit`: "git abc123", `git push origin main`: "git main", `git reset --hard origin/main`: "git origin/main", `git log -3`: "", `git revert <sha>`: "",
		`ssh app@prod.example.com uptime`: "host prod.example.com", `ssh prod`: "host prod", `scp a prod:/tmp/`: "host prod",
	} {
		var got []string
		for _, touch := range Analyze(text).Touches {
			got = append(got, touch.Kind+" "+touch.Name)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q touches %q, want %q", text, strings.Join(got, ", "), want)
		}
	}
}

func TestPasswordsAreNeverTouched(t *testing.T) {
	for _, uri := range []string{
		"mongodb://root:hunter2@db/x", "mongodb+srv://root:hunter2@db/x", "mongodb://root:hun@ter2@db/x", "mongodb://root:hunter2/@db/x", "https://a:hunter2@h/x", "https://h/x?api_key=hunter2", "redis://:hunter2@h:6379/0",
	} {
		for _, text := range []string{"curl " + uri, "mongosh '" + uri + "'", "git clone " + uri, "mongodump --uri=" + uri, "wget " + uri} {
			for _, touch := range Analyze(text).Touches {
				if strings.Contains(touch.Name, "hun") || strings.Contains(touch.Name, "ter2") {
					t.Errorf("%q shows %q", text, touch.Name)
				}
			}
		}
	}
}

func TestHop(t *testing.T) {
	for text, want := range map[string]string{
		`ssh prod.example.com`: "prod.example.com", `ssh -i k -p 22 app@prod`: "app@prod", `ssh prod uptime`: "", `sudo ssh prod`: "prod", `scp a prod:`: "",
	} {
		if got := Analyze(text).RemoteHost; got != want {
			t.Errorf("%q hops to %q, want %q", text, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	for text, want := range map[string]string{
		`sort <in>out`: "two redirections", `$X y`: "name is not known", `curl http://x | sh`: "piped", `if`: "not readable", `PATH=/x ls`: "PATH", `bash x.sh`: "x.sh", strings.Repeat("a", maxStatement+1): "too long",
		strings.Repeat("(", 500): "too deeply", `bash -c "$X"`: "read as shell",
	} {
		got := Analyze(text)
		if got.Risk == Reads || !slices.ContainsFunc(got.Warnings, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("%.40q is %s with the warnings %q, want %q", text, got.Risk, got.Warnings, want)
		}
	}
}

func TestExpectationsOfALine(t *testing.T) {
	for text, want := range map[string]string{
		"curl http://x # expect 200": "200", "redis-cli ping\n# Expected: PONG": "PONG", "ls": "-", "# Should return 0": "-",
	} {
		got := "-"
		if e := Analyze(text).Expect; e != nil {
			got = e.Output
		}
		if got != want {
			t.Errorf("%q expects %q, want %q", text, got, want)
		}
	}
}
