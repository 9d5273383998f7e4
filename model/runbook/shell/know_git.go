package shell

import "strings"

const gitValued = "-C -c --git-dir --work-tree --namespace --exec-path --config-env --super-prefix --attr-source"

// versionPrograms keep versions of files.
var versionPrograms = family{
	"git": {
		valued: gitValued, plain: "--no-pager -p --paginate --bare --no-replace-objects --literal-pathspecs --no-optional-locks", judge: gitConfigured,
		verbs: gitVerbs,
	},
	"gh glab": {
		valued: "-R --repo --hostname", alone: Reads,
		verbs: family{
			"status": {risk: Reads},
			"auth":   {verbs: family{"status token": {risk: Reads}, "login logout refresh setup-git switch": {risk: Changes}}},
			"run":    {verbs: family{"list view ls": {risk: Reads}, "watch": {risk: Reads}, "rerun cancel download": {risk: Changes}, "delete": {risk: Destroys}}},
			"pr mr issue release repo workflow label gist project secret variable ruleset ssh-key gpg-key cache deployment ci environment search org codespace": {verbs: family{
				"list ls view status checks diff browse repos issues prs commits code trace get":                                                                                                               {risk: Reads},
				"create merge close reopen edit comment ready review checkout run enable disable set upload rename fork clone sync lock unlock pin unpin update-branch develop transfer download revert retry": {risk: Changes},
				"delete remove archive": {risk: Destroys},
			}},
			"api":    {risk: Reads, valued: "-X --method -f --raw-field -F --field -H --header -q --jq -t --template --input --hostname -p --preview --cache", judge: ghAPI},
			"browse": {risk: Reads}, "extension alias config": {risk: Unknown, verbs: family{"list": {risk: Reads}, "install set remove": {risk: Changes}}},
		},
	},
	"svn":                 {verbs: family{"status log info diff list ls cat blame": {risk: Reads}, "update up commit ci add checkout co merge switch": {risk: Changes}, "revert delete rm cleanup": {risk: Destroys}}},
	"hg":                  {verbs: family{"status log diff heads branches id summary": {risk: Reads}, "pull push update commit merge": {risk: Changes}, "strip purge revert": {risk: Destroys}}},
	"act":                 {risk: Unknown},
	"tig lazygit gitk":    {risk: Unknown, interactive: when{always: true}},
	"git-filter-repo bfg": {risk: Destroys},
}

var gitVerbs = family{
	"log shortlog show status diff describe rev-parse rev-list ls-files ls-tree ls-remote cat-file blame annotate grep whatchanged merge-base name-rev for-each-ref show-ref show-branch count-objects diff-tree diff-index diff-files cherry var check-ignore check-attr verify-commit verify-tag version help range-diff fsck get-tar-commit-id column": {
		risk: Reads, raise: raises{"--output": Changes, "--ext-diff --textconv -O --open-files-in-pager --upload-pack --exec": Unknown, "--lost-found": Changes},
		valued: "-n --since --until --author --grep --format --pretty", judge: gitRefs,
	},
	"fetch pull clone add commit merge cherry-pick revert rebase am apply init mv format-patch archive notes bisect gc repack maintenance pack-refs lfs request-pull send-email rerere sparse-checkout update-ref update-index symbolic-ref commit-tree mktag replace hash-object write-tree read-tree fast-import bundle": {
		risk: Changes, valued: "-m --message -s --strategy -X -b --branch -C -F --file --depth -o --origin -S --author --date", raise: raises{"--upload-pack --exec -x": Unknown, "--prune -p": Changes}, judge: gitRefs,
	},
	"push": {
		risk: Changes, valued: "-o --push-option --repo", raise: raises{"-f --force --force-with-lease --force-if-includes --mirror --prune -d --delete": Destroys, "--receive-pack --exec": Unknown},
		judge: func(c *call) {
			for i, g := range c.operand {
				if strings.HasPrefix(g.text, "+") || strings.HasPrefix(g.text, ":") {
					c.in.worse(Destroys)
				}
				if i > 0 {
					c.in.touch("git", g)
				}
			}
		},
	},
	"checkout switch": {
		risk: Changes, valued: "-b -B -c -C --orphan --conflict", raise: raises{"-f --force --discard-changes -B -C --ours --theirs": Destroys},
		judge: func(c *call) {
			// With paths, what was changed in them and not committed is gone.
			if c.dashed && len(c.after) > 0 || len(c.operand) == 1 && c.operand[0].text == "." {
				c.in.worse(Destroys)
			}
			gitRefs(c)
		},
	},
	"restore": {risk: Destroys, touch: "path"},
	"reset": {
		risk: Changes, raise: raises{"--hard --merge --keep": Destroys}, judge: gitRefs,
	},
	"clean": {risk: Destroys, valued: "-e --exclude"},
	"rm":    {risk: Destroys, touch: "path"},
	"stash": {
		alone: Changes, verbs: family{"list show": {risk: Reads}, "push save pop apply branch create store": {risk: Changes}, "drop clear": {risk: Destroys}},
	},
	"branch": {
		risk: Reads, valued: "--contains --no-contains --sort --format --points-at --merged --no-merged -u --set-upstream-to",
		raise: raises{"-d -D --delete": Destroys, "-m -M -c -C --move --copy -f --force --edit-description -u --set-upstream-to --unset-upstream": Changes},
		judge: createsUnlessListing("-l --list -a --all -r --remotes --contains --no-contains --merged --no-merged --points-at --show-current"),
	},
	"tag": {
		risk: Reads, valued: "-m --message -F --file --sort --contains --format --points-at -n", raise: raises{"-d --delete": Destroys, "-f --force": Destroys, "-a -s -m -F": Changes},
		judge: createsUnlessListing("-l --list --contains --no-contains --points-at --merged --no-merged -v --verify"),
	},
	"remote":    {alone: Reads, plain: "-v --verbose", verbs: family{"show get-url": {risk: Reads}, "add set-url rename update set-branches set-head": {risk: Changes}, "remove rm prune": {risk: Destroys}}},
	"config":    {risk: Changes, wary: true},
	"reflog":    {alone: Reads, valued: "-n", plain: "-g --date", verbs: family{"show list exists": {risk: Reads}, "expire delete": {risk: Destroys}}},
	"worktree":  {verbs: family{"list": {risk: Reads}, "add move lock unlock repair": {risk: Changes}, "remove prune": {risk: Destroys}}},
	"submodule": {alone: Reads, verbs: family{"status summary": {risk: Reads}, "init update add sync set-url set-branch absorbgitdirs": {risk: Changes}, "deinit": {risk: Destroys}, "foreach": {risk: Unknown}}},
	"filter-branch filter-repo prune prune-packed": {risk: Destroys},
}

// gitConfigured distrusts -c: aliases and pagers are commands.
func gitConfigured(c *call) {
	for _, g := range c.values("-c --config-env --exec-path") {
		key, _, _ := strings.Cut(strings.ToLower(g.text), "=")
		if !strings.HasPrefix(key, "color.") && !strings.HasPrefix(key, "user.") && !listed("core.quotepath advice.detachedhead init.defaultbranch http.sslverify core.autocrlf safe.directory log.showsignature", key) {
			c.in.worse(Unknown)
		}
	}
}

// gitRefs names the commits, branches and remotes that git is given.
func gitRefs(c *call) {
	for _, g := range c.operand {
		if c.dashed && len(c.after) > 0 && g == c.after[0] {
			return
		}
		if strings.Contains(g.text, "://") {
			c.in.touch("url", arg{text: withoutSecrets(g.text)})
			continue
		}
		if strings.HasPrefix(g.text, "ext::") {
			c.in.worse(Unknown)
		}
		if listed("revert checkout switch reset cherry-pick merge rebase show", c.verbs[0]) && strings.IndexByte(g.text, '/') != 0 {
			c.in.touch("git", g)
		}
	}
}

// createsUnlessListing is for git branch and git tag: a name makes one, unless
// a flag asks for a list.
func createsUnlessListing(flags string) func(*call) {
	return func(c *call) {
		if len(c.operand) > 0 && !c.hasAny(flags) {
			c.in.worse(Changes)
			for _, g := range c.operand {
				c.in.touch("git", g)
			}
		}
	}
}

func ghAPI(c *call) {
	m, ok := c.value("-X --method")
	switch {
	case ok:
		c.in.worse(method(m))
	case c.hasAny("-f --raw-field -F --field --input"):
		c.in.worse(Changes)
	}
	for _, g := range append(c.values("-f --raw-field -F --field"), c.operand...) {
		if strings.Contains(g.text, "mutation") {
			c.in.worse(Unknown)
		}
	}
	if c.shortened("--method --raw-field --field --input") {
		c.in.worse(Unknown)
	}
}
