package doctor

import (
	"os"
	"slices"
	"strings"
	"testing"

	"calm/model/runbook"
)

func parse(t *testing.T, markdown string) *runbook.Runbook {
	t.Helper()
	rb, err := runbook.Parse("book.md", []byte(markdown))
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

// steps is a runbook with one procedure of these commands.
func steps(t *testing.T, commands string) []Thing {
	t.Helper()
	return Inventory(parse(t, "# Shop\n\n## Rollback Procedures\n\n### Code Rollback\n\n```bash\n"+commands+"\n```\n"))
}

// names lists things, those of the kinds wanted only, as "kind name".
func names(list []Thing, kinds ...Kind) []string {
	out := []string{}
	for _, t := range list {
		if len(kinds) == 0 || slices.Contains(kinds, t.Kind) {
			out = append(out, string(t.Kind)+" "+t.Name)
		}
	}
	return out
}

func TestInventory(t *testing.T) {
	for _, c := range []struct {
		commands string
		kind     Kind
		want     string // a semicolon between names
	}{
		{"sudo systemctl restart nginx | tee log.txt", Program, "sudo; systemctl; tee"},
		{"./scripts/deploy.sh prod", Program, "./scripts/deploy.sh"},
		{"pm2 restart shop && pm2 reload 0 && pm2 stop all", Process, "shop"},
		{"pm2 restart <app-name>", Process, ""},

		{"tail -n 100 /var/log/nginx/error.log", Path, "/var/log/nginx/error.log"},
		{"grep -A 3 'a/b' src/lib/db.ts src/app.ts", Path, "src/lib/db.ts; src/app.ts"},
		{"grep -e a/b src/app.ts", Path, "src/app.ts"},
		{"sed -n '1,5p' conf/app.ini | awk -F: '{print $1}'", Path, "conf/app.ini"},
		{"node -e 'x' && node scripts/run.js --fast && python3 -m http.server", Path, "scripts/run.js"},
		{"cat $HOME/x \"$Y/z\" /proc/1/status /dev/null", Path, ""},
		{"cat <config-file>", Path, ""},
		{"mysql shop < /backups/latest.sql", Path, "/backups/latest.sql"},
		{"cd /srv/shop\n\ncat package.json && ls ~/.ssh", Path, "/srv/shop; /srv/shop/package.json; ~/.ssh"},
		{"mongodump --out=/tmp/before\n\nmongorestore --dir=/tmp/before/shop --drop", Path, ""},
		{"mongorestore --dir=/backups/latest --drop", Path, "/backups/latest"},
		{"mkdir -p /srv/new\n\ncp app.tgz /srv/new\n\nls /srv/new/app.tgz /srv/newer", Path, "app.tgz; /srv/newer"},
		{"date > /tmp/now\n\ncat /tmp/now", Path, ""},
		{"rm -rf /tmp/gone", Path, ""},
		{"scp web1:/var/log/app.log .", Path, ""},

		{"curl -f https://shop.example/api/health", URL, "https://shop.example/api/health"},
		{"curl https://<host>/x", URL, ""},

		{"echo $A ${B:-3} ${C}", Variable, "A; C"},
		{"echo ${B:-3} $B", Variable, "B"},
		{"export A=1\n\necho $A $D", Variable, "D"},
		{"mongosh --eval 'db = connect(process.env.MONGODB_URI)'", Variable, "MONGODB_URI"},

		{"mongosh --eval 'db.products.find().hint(\"sku_1\")'", Collection, "products"},
		{"mongosh --eval 'db.products.find().hint(\"sku_1\")'", Index, "products sku_1"},
		{"mongosh --eval 'db.products.createIndex({ \"ready\":1,category : -1 })'", Index, "products { ready: 1, category: -1 }"},
		{"mongorestore -d shop --dir=/b", Database, "shop"},
		{"mongosh mongodb://ana:pw@db1/shop --eval 'db.a.find()'", Database, "shop"},

		{"git checkout release-7\n\ngit diff HEAD~1\n\ngit revert <bad-sha> --no-edit", Commit, "HEAD; release-7"},
		{"git clone https://example.com/x.git", Commit, ""},
		{"ssh ana@web1 'pm2 restart shop && cat /etc/x'", Host, "web1"},
		{"ssh ana@web1 'pm2 restart shop && cat /etc/x'", Program, "ssh"},
		{"ssh web1", Host, "web1"},
	} {
		var want []string
		if c.want != "" {
			want = strings.Split(c.want, "; ")
		}
		var got []string
		for _, thing := range steps(t, c.commands) {
			if thing.Kind == c.kind {
				got = append(got, thing.Name)
			}
			if thing.State != Unknown || len(thing.NeededBy) == 0 || thing.NeededBy[0].Line == 0 {
				t.Errorf("%q: %+v: nobody has looked yet, and every name has a place", c.commands, thing)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q\n names the %s %q\n   want %q", c.commands, c.kind, got, want)
		}
	}
}

func TestHowAThingMayBeLookedFor(t *testing.T) {
	list := steps(t, strings.Join([]string{
		"curl -fsS https://shop.example/read", "curl -X POST https://shop.example/write -d x=1", "curl -H \"Authorization: $T\" https://shop.example/locked",
		"mongosh --eval 'db.products.createIndex({ sku: 1 })'", "ssh web1 uptime",
	}, "\n\n"))
	how := func(name string) How {
		t.Helper()
		i := slices.IndexFunc(list, func(x Thing) bool { return x.Name == name })
		if i < 0 {
			t.Fatalf("no %s among %q", name, names(list))
		}
		return list[i].How
	}
	if h := how("https://shop.example/read"); !h.Asks || h.Credentials {
		t.Errorf("a GET that the runbook makes itself: %+v", h)
	}
	if how("https://shop.example/write").Asks {
		t.Error("what is only posted to may not be asked")
	}
	if !how("https://shop.example/locked").Credentials {
		t.Error("the step has credentials")
	}
	if h := how("products { sku: 1 }"); h.Of != "products" || h.Keys != "sku: 1" || h.Made == 0 {
		t.Errorf("the step makes the index: %+v", h)
	}
	if h := how("web1"); !h.Login || !h.Inside {
		t.Errorf("what ssh is given runs elsewhere: %+v", h)
	}
}

// A name is listed once, with every place that needs it; what one part makes another has not.
func TestNeededBy(t *testing.T) {
	rb := parse(t, "# Shop\n\n## Rollback Procedures\n\n### First\n\n```bash\nexport FLAG=off\n\npm2 restart shop --update-env\n```\n\n### Second\n\n```bash\necho $FLAG\n\npm2 stop shop\n```\n")
	list := Inventory(rb)
	i := slices.IndexFunc(list, func(x Thing) bool { return x.Kind == Process })
	if i < 0 || len(list[i].NeededBy) != 2 || list[i].NeededBy[0].Title != "First, step 2" || list[i].NeededBy[1].Title != "Second, step 2" {
		t.Errorf("%+v", list)
	}
	if got := names(list, Variable); len(got) != 1 || got[0] != "variable FLAG" {
		t.Errorf("the second procedure has to be given its variable: %q", got)
	}
}

// Both runbooks of the service name what a person would list by hand.
func TestTheServiceRunbooks(t *testing.T) {
	for file, want := range map[string][]string{
		"../../runbooks/aurora-concierge.md": {
			"process glowglitch-app", "path dist", "path src/lib/mongodb.ts", "path src/lib/concierge/providers/deepseek.ts",
			"path /backups/latest/glowglitch", "path Docs/runbooks/concierge-ops.md", "variable MONGODB_URI", "variable DEEPSEEK_API_KEY", "variable HOME",
			"collection products", "collection stylistTickets", "index products { readyToShip: 1, category: 1 }",
			"site location ^~ /api/support/", "site location = /api/support", "site glowglitch.com", "commit HEAD", "host production.glowglitch.com",
			"channel #incidents", "channel #aurora-concierge-alerts", "channel #aurora-concierge-oncall", "channel #engineering",
		},
		"../runbook/testdata/seed.md": {
			"process glowglitch-app", "path src/lib/mongodb.ts", "path src/lib/concierge/providers/deepseek.ts", "path npm", "path /backups/latest",
			"path Docs/runbooks/concierge-ops.md", "variable NEXT_PUBLIC_CONCIERGE_ENABLED", "variable NEXT_PUBLIC_CONCIERGE_ROLLOUT_PERCENTAGE",
			"variable MONGODB_URI", "variable DEEPSEEK_API_KEY", "collection products", "collection stylistTickets",
			"site location /api/support/", "site glowglitch.com", "commit HEAD", "host production.glowglitch.com",
			"channel #incidents", "channel #aurora-concierge-alerts", "channel #aurora-concierge-oncall", "channel #engineering",
		},
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := names(Inventory(parse(t, string(text))), Process, Path, Variable, Database, Collection, Index, Site, Commit, Host, Channel)
		if !slices.Equal(got, want) {
			t.Errorf("%s names\n %q, want\n %q", file, got, want)
		}
	}
}

func FuzzInventory(f *testing.F) {
	f.Add("cat <x> ${A:-b} && cd .. && grep -e a/b")
	f.Add("mongosh --eval 'db.a.createIndex({})'; ssh h 'x'; git checkout \x01")
	f.Fuzz(func(t *testing.T, commands string) {
		rb, err := runbook.Parse("book.md", []byte("# Shop\n\n## Rollback Procedures\n\n```bash\n"+commands+"\n```\n"))
		if err != nil {
			return
		}
		for _, thing := range Inventory(rb) {
			if thing.Name == "" || strings.IndexByte(thing.Name, hole) >= 0 {
				t.Errorf("%q names the %s %q", commands, thing.Kind, thing.Name)
			}
		}
	})
}
