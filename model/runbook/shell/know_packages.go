package shell

// packagePrograms install software and build it.
var packagePrograms = family{
	"apt apt-get aptitude": {
		plain: "-y --yes -q -qq --assume-yes --no-install-recommends -f", valued: "-o -t -c", alone: Reads,
		verbs: family{
			"list show search policy depends rdepends changelog":                                                                              {risk: Reads},
			"update upgrade install full-upgrade dist-upgrade reinstall build-dep clean autoclean download source edit-sources check satisfy": {risk: Changes},
			"remove purge autoremove autopurge":                                                                                               {risk: Destroys},
		},
	},
	"apt-cache": {valued: "-o -c", verbs: family{"policy show search depends rdepends madison stats showpkg pkgnames": {risk: Reads}}},
	"apt-mark":  {verbs: family{"showhold showmanual showauto": {risk: Reads}, "hold unhold manual auto": {risk: Changes}}},
	"apt-key add-apt-repository dpkg-reconfigure": {risk: Changes},
	"dpkg":       {risk: Reads, wary: true, raise: raises{"-r -P --remove --purge": Destroys}, judge: dpkg},
	"dpkg-query": {risk: Reads},
	"yum dnf microdnf zypper tdnf": {
		plain: "-y --assumeyes -q --quiet -n --non-interactive", alone: Reads,
		verbs: family{
			"list info search provides repolist check-update repoquery updateinfo se if":                                   {risk: Reads},
			"install update upgrade reinstall downgrade makecache clean localinstall groupinstall in up ref refresh check": {risk: Changes},
			"remove erase autoremove rm": {risk: Destroys},
		},
	},
	"rpm":          {risk: Changes, raise: raises{"-e --erase": Destroys}},
	"apk":          {verbs: family{"info search list version stats": {risk: Reads}, "add update upgrade fix fetch": {risk: Changes}, "del": {risk: Destroys}}},
	"brew":         {verbs: family{"list ls info search outdated doctor deps config": {risk: Reads}, "install upgrade update link reinstall tap cleanup": {risk: Changes}, "services": {verbs: family{"list info": {risk: Reads}, "start stop restart run": {risk: Changes}}}, "uninstall remove rm": {risk: Destroys}}},
	"snap flatpak": {verbs: family{"list info find search": {risk: Reads}, "install refresh update enable disable": {risk: Changes}, "remove uninstall": {risk: Destroys}}},
	"pacman":       {risk: Changes, raise: raises{"-R --remove": Destroys}},
	"pip pip3 pipx uv poetry pipenv": {
		plain: "-q --quiet -v", alone: Reads,
		verbs: family{
			"list show freeze check search index help":                         {risk: Reads},
			"install download wheel cache config lock add update upgrade sync": {risk: Changes},
			"uninstall remove": {risk: Destroys},
			"run":              {risk: Unknown},
		},
	},
	"gem bundle": {verbs: family{"list info search outdated env show": {risk: Reads}, "install update": {risk: Changes}, "uninstall clean": {risk: Destroys}, "exec": {risk: Unknown, stop: true, judge: startsOperands}}},
	"composer":   {verbs: family{"show info status outdated validate": {risk: Reads}, "install update require dump-autoload dumpautoload": {risk: Changes}, "remove": {risk: Destroys}}},
	"cargo":      {verbs: family{"tree metadata search version": {risk: Reads}, "build install update add check test": {risk: Changes}, "clean uninstall": {risk: Destroys}, "run": {risk: Unknown}}},
	"go": {single: true, verbs: family{
		"version env list doc": {risk: Reads, single: true, raise: raises{"-w -u -toolexec -exec": Changes}}, "build install get mod work test vet fmt": {risk: Changes, single: true}, "clean": {risk: Destroys}, "run generate": {risk: Unknown},
		"tool": {risk: Unknown},
	}},
	"mvn gradle gradlew mvnw ant sbt":                                                                     {risk: Changes, valued: "-f -pl -P -D", wary: true},
	"make just task rake mage bazel cmake ninja meson":                                                    {risk: Unknown},
	"gcc g++ cc clang rustc javac ld ar strip":                                                            {risk: Changes},
	"alembic flyway liquibase knex sequelize typeorm migrate goose dbmate rails artisan django-admin dbt": {risk: Unknown},
	"direnv": {risk: Changes},
}

// dpkgAsks are dpkg's actions that only look.
const dpkgAsks = "-l --list -L --listfiles -s --status -S --search -p --print-avail --get-selections --print-architecture --version --help"

// dpkg changes something unless every flag only asks.
func dpkg(c *call) {
	asks := false
	for _, g := range c.args {
		if !g.isFlag() {
			continue
		}
		if asks = listed(dpkgAsks, g.text); !asks {
			break
		}
	}
	if !asks {
		c.in.worse(Changes)
	}
}
