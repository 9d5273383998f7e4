package lint

var worldWritable = Rule{
	ID: "world-writable", Level: Warning,
	Title: "Everybody on the host may write there afterwards",
	Why: "chmod 777 ends the error of the moment, and lets any process on the host replace code, keys and configuration. " +
		"What the rights were before is gone; with -R for every file.",
	Mend: "Give the files to whom they belong: `chown -R app:app DIR`, `chmod u+rwX`.",
	Bad: `## Mend the upload folder

~~~bash
chmod -R 777 /srv/shop/uploads
~~~
`,
	Good: `## Mend the upload folder

~~~bash
chown -R shop:shop /srv/shop/uploads
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("chmod") {
			for _, a := range s.Args() {
				if a.Text == "777" || a.Text == "0777" || a.Text == "a+rwx" || a.Text == "ugo+rwx" {
					p.finding(s, "after this everybody on the host may write there", "Give it to its user: `chown USER:GROUP …`, with `chmod u+rwX`.")
				}
			}
		}
	},
}
