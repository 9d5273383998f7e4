package shell

import "strings"

// filePrograms read, move and remove files, and the devices under them.
var filePrograms = family{
	"cat tac ls dir vdir stat readlink realpath basename dirname du df head md5sum sha1sum sha256sum sha512sum cksum b2sum wc nl od hexdump lsof findmnt lsattr getfacl getfattr namei zcat bzcat xzcat zless zmore": {
		risk: Reads, valued: "-n -c -d -h",
	},
	"file":             {risk: Reads, raise: raises{"-C --compile": Changes}},
	"tree":             {risk: Reads, raise: raises{"-o -R": Changes}},
	"pv":               {risk: Reads, raise: raises{"-o --output": Changes}},
	"fuser":            {risk: Reads, raise: raises{"-k --kill": Changes}},
	"tail":             {risk: Reads, valued: "-n -c --lines --bytes --pid -s --sleep-interval", endless: when{with: "-f -F --follow --retry"}},
	"less more most":   {risk: Reads, interactive: when{always: true}, raise: raises{"-o -O --log-file --LOG-FILE": Changes}, judge: startsWithCommand},
	"lsblk blkid":      {risk: Reads},
	"find":             {risk: Reads, raw: true, judge: find},
	"fd fdfind locate": {risk: Reads, raise: raises{"-x -X --exec --exec-batch": Unknown}},
	"rg ag ack":        {risk: Reads, raise: raises{"--pre --pager --hostname-bin": Unknown}},
	"diff cmp comm colordiff sdiff diff3": {
		risk: Reads, raise: raises{"-o --output": Changes, "--diff-program": Unknown},
	},
	"tar bsdtar": {risk: Reads, raw: true, judge: tar},
	"unzip":      {risk: Changes, touch: "path"},
	"gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd lz4 zip 7z": {risk: Changes, touch: "path"},
	"zgrep zegrep zfgrep bzgrep xzgrep zdiff":                  {risk: Reads},

	"rm unlink shred srm wipefs wipe":   {risk: Destroys, touch: "path"},
	"rmdir":                             {risk: Changes, touch: "path"},
	"truncate":                          {risk: Destroys, valued: "-s --size -r --reference", touch: "path"},
	"mv":                                {risk: Changes, valued: "-t --target-directory -S --suffix", touch: "path", judge: overwritesLast},
	"cp install ditto":                  {risk: Changes, valued: "-t --target-directory -S --suffix -m --mode -o --owner -g --group", touch: "path", judge: overwritesLast},
	"ln link mkdir touch mkfifo mktemp": {risk: Changes, valued: "-m --mode -t -S -d --date -r --reference -p --tmpdir", touch: "path"},
	"mknod setfacl setfattr chattr":     {risk: Changes, touch: "path"},
	"tee": {
		risk: Reads,
		judge: func(c *call) {
			for _, g := range c.operand {
				c.in.write(g, c.hasAny("-a --append"))
			}
			if c.hasComputed() {
				c.in.worse(Changes)
			}
		},
	},
	"sponge":             {risk: Changes, touch: "path"},
	"split csplit patch": {risk: Changes, valued: "-b -l -n -C -a -p -i -d"},
	"chmod chown chgrp":  {risk: Changes, valued: "--reference --from", judge: recursiveOnSystem},
	"dd":                 {risk: Reads, raw: true, judge: dd},
	"rsync":              {risk: Changes, valued: "-e --rsh --exclude --include --exclude-from --bwlimit --rsync-path -f --filter", raise: raises{"--delete --delete-before --delete-during --delete-after --delete-excluded --del --remove-source-files --delete-delay": Destroys, "-e --rsh --rsync-path": Unknown}},
	"mkfs mke2fs mkswap fdisk sfdisk gdisk sgdisk parted cfdisk pvremove vgremove lvremove pvcreate blkdiscard hdparm cryptsetup mdadm zpool zfs btrfs debugfs":  {risk: Destroys, judge: diskReads},
	"mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.ntfs mkfs.f2fs":                                                                            {risk: Destroys},
	"fsck e2fsck xfs_repair tune2fs resize2fs xfs_growfs lvextend lvcreate vgextend vgcreate lvresize lvreduce growpart fstrim partprobe swapon swapoff losetup": {risk: Changes},
	"fsck.ext4 fsck.xfs": {risk: Changes},
	"pvs vgs lvs pvdisplay vgdisplay lvdisplay smartctl": {risk: Reads, wary: true, raise: raises{"-s -S -o -t -X": Changes}},
	"mount":         {risk: Reads, valued: "-t -o -L -U --types --options", judge: mounts},
	"umount":        {risk: Changes, touch: "path"},
	"sync":          {risk: Changes},
	"logrotate":     {risk: Changes},
	"open xdg-open": {risk: Reads},
}

// startsWithCommand is for less +!command.
func startsWithCommand(c *call) {
	for _, g := range c.operand {
		if strings.HasPrefix(g.text, "+") {
			c.in.worse(Unknown)
		}
	}
}

// hasComputed reports whether any word is made at run time.
func (c *call) hasComputed() bool {
	for _, g := range c.args {
		if g.computed {
			return true
		}
	}
	return false
}

// overwritesLast looks at where files are copied or moved to.
func overwritesLast(c *call) {
	target, ok := c.value("-t --target-directory")
	if !ok && len(c.operand) > 1 {
		target = c.operand[len(c.operand)-1]
	}
	if p := target.text; strings.HasPrefix(p, "/dev/") || isSink(p) {
		c.in.worse(Destroys)
	}
	if c.name != "mv" {
		return
	}
	for _, g := range c.operand[:max(len(c.operand)-1, 0)] {
		if g.text == "/" || strings.HasPrefix(g.text, "/*") {
			c.in.worse(Destroys)
		}
	}
}

// recursiveOnSystem is for chmod -R / and its like, which no one can undo.
func recursiveOnSystem(c *call) {
	if len(c.operand) > 0 {
		for _, g := range c.operand[1:] {
			c.in.touch("path", g)
			if c.hasAny("-R --recursive") && ofSystem(strings.TrimSuffix(g.text, "*")) {
				c.in.worse(Destroys)
			}
		}
	}
}

func dd(c *call) {
	for _, g := range c.args {
		switch to, ok := strings.CutPrefix(g.text, "of="); {
		case ok:
			c.in.write(arg{text: to}, false)
			if !fixed(to) {
				c.in.worse(Destroys)
			}
		case g.computed:
			c.in.worse(Destroys)
		}
	}
}

// diskReads has no way down from destroys; it only names what is hit.
func diskReads(c *call) {
	for _, g := range c.operand {
		if strings.HasPrefix(g.text, "/dev/") {
			c.in.touch("path", g)
		}
	}
}

func mounts(c *call) {
	if len(c.operand) > 0 || c.hasAny("-a --all") {
		c.in.worse(Changes)
	}
}

// tar reads an archive with t and writes with everything else.
func tar(c *call) {
	list, mode := false, false
	for i, g := range c.args {
		switch {
		case strings.HasPrefix(g.text, "--to-c"), strings.HasPrefix(g.text, "--check"), strings.HasPrefix(g.text, "--use-c"),
			strings.HasPrefix(g.text, "--rsh"), strings.HasPrefix(g.text, "--info-s"), strings.HasPrefix(g.text, "--new-v"), g.text == "-I", g.text == "-F", g.computed:
			c.in.worse(Unknown)
		case strings.HasPrefix(g.text, "--remove"), strings.HasPrefix(g.text, "--delete"), strings.HasPrefix(g.text, "--recursive-u"):
			c.in.worse(Destroys)
		case strings.HasPrefix(g.text, "--"):
			list = list || g.text == "--list"
			mode = mode || g.text == "--extract" || g.text == "--create" || g.text == "--get"
		case i == 0 || g.isFlag():
			letters := strings.TrimLeft(g.text, "-")
			list = list || strings.IndexByte(letters, 't') >= 0 && !strings.ContainsAny(letters, "cxruA")
			mode = mode || strings.ContainsAny(letters, "cxruA") && (i == 0 || len(letters) > 0)
		}
	}
	if mode || !list {
		c.in.worse(Changes)
	}
}

// findTakes are find's tests and options that take one word.
const findTakes = "-name -iname -path -ipath -wholename -regex -iregex -type -xtype -size -mtime -mmin -atime -amin -ctime -cmin -newer -anewer -cnewer -user -group -uid -gid -perm -maxdepth -mindepth -links -inum -samefile -lname -ilname -fstype -printf -regextype -newermt -newerct -used -context"

// findPlain are those that take none.
const findPlain = "-print -print0 -ls -prune -quit -empty -readable -writable -executable -depth -d -mount -xdev -follow -daystart -noleaf -nouser -nogroup -true -false -not -and -or -o -a ! -H -L -P -E -s -x -X -warn -nowarn -ignore_readdir_race -O1 -O2 -O3"

// find judges its actions: -delete, and the commands given to -exec.
func find(c *call) {
	for i := 0; i < len(c.args); i++ {
		g := c.args[i]
		switch {
		case g.computed, len(g.text) > 0 && g.text[0] == unseen && i > 0:
			c.in.worse(Unknown)
		case listed("-exec -execdir -ok -okdir", g.text):
			end := i + 1
			for end < len(c.args) && c.args[end].text != ";" && c.args[end].text != "+" {
				end++
			}
			c.in.nested(c.args[i+1:end], c.stdin)
			i = end
		case g.text == "-delete":
			c.in.worse(Destroys)
		case listed("-fprint -fprint0 -fls", g.text):
			c.in.worse(Changes)
			i++
		case g.text == "-fprintf":
			c.in.worse(Changes)
			i += 2
		case listed(findTakes, g.text):
			i++
		case g.isFlag() && !listed(findPlain, g.text):
			c.in.worse(Unknown)
		}
	}
}
