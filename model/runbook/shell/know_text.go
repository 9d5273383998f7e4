package shell

// textPrograms filter text. They write nothing unless a flag says so.
var textPrograms = family{
	"grep egrep fgrep cut paste join fold fmt column expand unexpand rev tr seq factor numfmt look base32 strings ts pr jo bc expr cal figlet tput clear": {risk: Reads},
	"base64 iconv shuf":  {risk: Reads, raise: raises{"-o --output": Changes}},
	"uniq":               {risk: Reads, valued: "-f -s -w", judge: writesSecond},
	"sort gsort":         {risk: Reads, valued: "-k -t -S -T -o", raise: raises{"-o --output": Changes, "--compress-program": Unknown}},
	"xxd":                {risk: Reads, judge: writesSecond},
	"jq gojq":            {risk: Reads},
	"jaq dasel":          {risk: Unknown},
	"yq":                 {risk: Reads, raise: raises{"-i --inplace -s --split-exp": Changes, "--security-enable-system-operator": Unknown}},
	"xmllint xmlstarlet": {risk: Reads, raise: raises{"--output -o --shell": Changes}},
	"date":               {risk: Reads, valued: "-d --date -r --reference -f --file -v", raise: raises{"-s --set": Changes}, judge: setsClock},
	"sleep usleep":       {risk: Reads},
	"yes":                {risk: Reads, endless: when{always: true}},
	"man info tldr apropos whatis": {
		risk: Reads, raise: raises{"-P --pager -H --html": Unknown}, interactive: when{always: true},
	},
	"envsubst":                       {risk: Reads},
	"mail mailx sendmail mutt msmtp": {risk: Changes},
	"sops":                           {verbs: family{"decrypt": {risk: Reads, raise: raises{"-i --in-place --output": Changes}, valued: "--input-type --output-type --extract --output"}}},
	"gpg age":                        {risk: Unknown},
	"pwgen uuidgen apg mcookie":      {risk: Reads},
	"uuid":                           {risk: Reads},
	"openssl": {
		single: true, risk: Unknown, wary: true,
		verbs: family{
			"version rand dgst md5 sha1 sha256 list speed ciphers help verify errstr prime": {risk: Reads, raise: raises{"-out": Changes, "-engine -provider -provider-path": Unknown}, single: true},
			"s_client": {
				risk: Reads, single: true, raise: raises{"-engine -sess_out -keylogfile": Changes},
				judge: func(c *call) { c.in.out.Interactive = c.in.out.Interactive || !c.stdin.piped },
			},
			"x509 crl req rsa ec pkey pkcs12 pkcs7 asn1parse ocsp enc": {risk: Reads, single: true, raise: raises{"-out -writerand -keyout -newkey -signkey -CAcreateserial -respout": Changes, "-engine -provider": Unknown}},
			"genrsa genpkey ca dhparam ecparam":                        {risk: Changes, single: true},
		},
	},
	"vault": {alone: Reads, verbs: family{
		"status version": {risk: Reads},
		"read list":      {risk: Reads},
		"kv":             {verbs: family{"get list": {risk: Reads}, "put patch": {risk: Changes}, "delete destroy": {risk: Destroys}}},
		"login":          {risk: Changes, interactive: when{always: true}},
	}},
}

// writesSecond is for the filters whose second operand is where they write.
func writesSecond(c *call) {
	if len(c.operand) > 1 {
		c.in.write(c.operand[1], false)
	}
}

// setsClock tells `date +%s` from `date 010203042026`.
func setsClock(c *call) {
	for _, g := range c.operand {
		if g.text == "" || g.text[0] != '+' {
			c.in.worse(Changes)
		}
	}
}
