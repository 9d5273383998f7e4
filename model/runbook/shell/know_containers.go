package shell

const (
	kubeValued = "-n --namespace --context --kubeconfig --cluster --user -s --server --token --as --as-group --request-timeout -v --cache-dir --certificate-authority --client-key --client-certificate --tls-server-name --profile -o --output -l --selector -f --filename -c --container --tail --since --since-time --field-selector --sort-by --replicas -p --patch --type --timeout --for -k --kustomize --grace-period --image --limits --requests --to-revision --revision --overrides --target --template --max-log-requests --limit --port --env -L --label-columns --current-replicas --min --max --cpu-percent --from-literal --from-file --pod-running-timeout"
	kubePlain  = "-A --all-namespaces -w --watch -h --insecure-skip-tls-verify --match-server-version --warnings-as-errors -R --recursive"

	dockerValued = "-H --host -c --context --config -l --log-level -f --file -p --project-name --profile --env-file --project-directory --ansi --progress --parallel --url --connection --identity --log-driver"
	dockerPlain  = "-D --debug --tls --tlsverify --remote --compatibility --verbose --no-ansi"
)

// containerPrograms run and look after containers and clusters.
var containerPrograms = family{
	"kubectl oc k kubectl.exe microk8s.kubectl": {
		valued: kubeValued, plain: kubePlain, alone: Reads, verbs: kubeVerbs,
	},
	"kubectl-cnpg": {valued: kubeValued, plain: kubePlain, verbs: cnpgVerbs},
	"docker podman nerdctl": {
		valued: dockerValued, plain: dockerPlain, alone: Reads, verbs: dockerVerbs,
	},
	"docker-compose podman-compose": {
		valued: dockerValued, plain: dockerPlain, alone: Reads, verbs: composeVerbs,
	},
	"crictl": {valued: "-r --runtime-endpoint -i --image-endpoint -t --timeout -c --config", plain: "-D --debug", verbs: family{
		"ps pods images img info inspect inspectp inspecti stats statsp version imagefsinfo": {risk: Reads},
		"logs": {risk: Reads, valued: "--tail --since", endless: when{with: "-f --follow"}},
		"pull create start stop stopp run runp update": {risk: Changes},
		"rm rmp rmi": {risk: Destroys},
		"exec":       {risk: Reads, stop: true, plain: "-i -t -it -s", interactive: when{with: "-t --tty"}, judge: func(c *call) { c.startAfterFirst() }},
	}},
	"helm": {
		valued: "-n --namespace --kube-context --kubeconfig --kube-apiserver --kube-token --registry-config --repository-config --repository-cache --version -f --values --set --set-string -o --output --timeout --revision",
		plain:  "--debug", alone: Reads,
		verbs: family{
			"list ls status history hist show inspect version env search template lint verify completion": {risk: Reads, raise: raises{"--post-renderer": Unknown, "--output-dir": Changes}},
			"get":  {risk: Reads, raise: raises{"--post-renderer": Unknown}},
			"diff": {risk: Reads},
			"install upgrade rollback dependency dep package push pull fetch create registry": {risk: Changes, raise: raises{"--post-renderer": Unknown, "--force": Destroys}},
			"uninstall delete del un": {risk: Destroys},
			"repo":                    {verbs: family{"list ls": {risk: Reads}, "add update up index": {risk: Changes}, "remove rm": {risk: Destroys}}},
			"plugin":                  {verbs: family{"list ls": {risk: Reads}, "install update": {risk: Changes}, "uninstall": {risk: Destroys}}},
			"test":                    {risk: Changes},
		},
	},
	"kustomize": {verbs: family{"build version cfg": {risk: Reads, raise: raises{"-o --output": Changes, "--enable-exec --enable-alpha-plugins": Unknown}}, "edit create": {risk: Changes}}},
	"argocd": {valued: "--server --auth-token --grpc-web-root-path --config --kube-context -o --output --header", plain: "--core --grpc-web --insecure --plaintext", verbs: family{
		"app": {verbs: family{
			"get list history diff manifests logs resources wait":                       {risk: Reads, endless: when{with: "-f --follow"}},
			"sync rollback set patch create terminate-op unset actions edit add-source": {risk: Changes, raise: raises{"--prune --replace": Destroys}},
			"delete delete-resource remove-source":                                      {risk: Destroys},
		}},
		"version context account":  {risk: Unknown, alone: Reads},
		"cluster repo proj appset": {verbs: family{"list get": {risk: Reads}, "add create set edit": {risk: Changes}, "rm delete remove": {risk: Destroys}}},
		"login":                    {risk: Changes},
	}},
	"flux": {valued: "-n --namespace --context --kubeconfig", verbs: family{
		"get check version logs tree trace events stats":    {risk: Reads, endless: when{with: "-f --follow --watch -w"}},
		"reconcile resume suspend create bootstrap install": {risk: Changes},
		"delete uninstall": {risk: Destroys},
	}},
	"velero": {valued: "-n --namespace --kubeconfig --kubecontext", verbs: family{
		"get describe version": {risk: Reads},
		"backup restore schedule backup-location snapshot-location": {verbs: family{"get describe logs": {risk: Reads}, "create download pause unpause set": {risk: Changes}, "delete": {risk: Destroys}}},
		"create": {risk: Changes}, "delete": {risk: Destroys},
	}},
	"virtctl": {valued: kubeValued, plain: kubePlain, verbs: family{
		"version fslist guestosinfo userlist": {risk: Reads},
		"start stop restart migrate pause unpause soft-reboot migrate-cancel addvolume expose image-upload": {risk: Changes},
		"removevolume": {risk: Destroys}, "console vnc": {risk: Unknown, interactive: when{always: true}},
	}},
	"etcdctl": {valued: "--endpoints --cacert --cert --key -w --write-out --user --command-timeout --dial-timeout --password", plain: "--insecure-skip-tls-verify --debug --hex --insecure-transport", verbs: family{
		"get version": {risk: Reads}, "put move-leader compaction defrag lease lock elect txn make-mirror": {risk: Changes}, "del": {risk: Destroys},
		"endpoint": {verbs: family{"health status hashkv": {risk: Reads}}},
		"member":   {verbs: family{"list": {risk: Reads}, "add update promote": {risk: Changes}, "remove": {risk: Destroys}}},
		"alarm":    {verbs: family{"list": {risk: Reads}, "disarm": {risk: Changes}}},
		"snapshot": {verbs: family{"status": {risk: Reads}, "save": {risk: Changes}, "restore": {risk: Destroys}}},
		"watch":    {risk: Reads, raw: true, endless: when{always: true}, judge: func(c *call) { c.in.worse(Unknown) }},
	}},
	"nomad consul": {verbs: family{
		"status version members monitor": {risk: Reads}, "node job alloc deployment kv catalog operator": {verbs: family{"status list get members info inspect history": {risk: Reads}}},
	}},
	"k9s lens ctop lazydocker": {risk: Unknown, interactive: when{always: true}},
	"kubectx kubens":           {risk: Changes, alone: Reads},
	"kubeadm kind minikube k3d skaffold tilt rancher eksctl ocm": {verbs: family{
		"version status get list describe": {risk: Reads}, "delete reset": {risk: Destroys}, "create init join start stop upgrade scale apply login": {risk: Changes},
	}},
	"virsh": {valued: "-c --connect", plain: "-q -r --readonly", verbs: family{
		"list dominfo domstate dumpxml domblklist domiflist domstats nodeinfo net-list pool-list vol-list snapshot-list capabilities version": {risk: Reads},
		"start shutdown reboot suspend resume migrate snapshot-create snapshot-create-as autostart setmem setvcpus":                           {risk: Changes},
		"destroy undefine reset snapshot-delete vol-delete pool-delete snapshot-revert":                                                       {risk: Destroys},
	}},
	"stern kubetail": {risk: Reads, endless: when{always: true, without: "--no-follow"}},
}

var kubeVerbs = family{
	"get describe top version api-resources api-versions explain wait diff events options completion": {risk: Reads, endless: when{with: "-w --watch --watch-only"}},
	"cluster-info": {risk: Reads, raise: raises{"--output-directory": Changes}},
	"kustomize":    {risk: Reads, raise: raises{"--enable-exec --enable-alpha-plugins --enable-helm": Unknown, "-o --output": Changes}},
	"logs":         {risk: Reads, endless: when{with: "-f --follow"}},
	"delete":       {risk: Destroys},
	"drain":        {risk: Changes, raise: raises{"--delete-emptydir-data --delete-local-data --force --disable-eviction": Destroys}},
	"apply create": {risk: Changes, raise: raises{"--prune --force": Destroys}},
	"replace":      {risk: Changes, raise: raises{"--force": Destroys}},
	"patch scale label annotate cordon uncordon taint autoscale expose set": {risk: Changes},
	"edit":               {risk: Changes, interactive: when{always: true}, wary: true},
	"rollout":            {verbs: family{"status history": {risk: Reads, valued: "--revision"}, "undo restart pause resume": {risk: Changes}}},
	"exec":               {risk: Reads, stop: true, plain: "-i -t -it -ti --stdin --tty -q --quiet", judge: kubeExec},
	"rsh":                {risk: Reads, stop: true, judge: kubeExec},
	"run":                {risk: Changes, plain: "--rm --stdin --tty -t -it", interactive: when{with: "-t --tty"}, judge: kubeRun},
	"debug":              {risk: Changes, plain: "-t -it", interactive: when{with: "-t --tty"}, judge: kubeRun},
	"cp":                 {risk: Changes},
	"attach":             {risk: Unknown, interactive: when{always: true}},
	"port-forward proxy": {risk: Reads, endless: when{always: true}},
	"auth":               {verbs: family{"can-i whoami": {risk: Reads}, "reconcile": {risk: Changes}}},
	"certificate":        {risk: Changes},
	"config": {verbs: family{
		"view current-context get-contexts get-clusters get-users":               {risk: Reads},
		"use-context set-context set-cluster set-credentials set rename-context": {risk: Changes},
		"delete-context delete-cluster delete-user unset":                        {risk: Destroys},
	}},
	"cnpg":                   {verbs: cnpgVerbs},
	"whoami status projects": {risk: Reads},
	"project login":          {risk: Changes},
	"adm":                    {verbs: family{"top": {risk: Reads}, "must-gather inspect node-logs": {risk: Reads}, "cordon uncordon drain taint policy": {risk: Changes}, "prune": {risk: Destroys}}},
}

var cnpgVerbs = family{
	"status version logs report": {risk: Reads, endless: when{with: "-f --follow"}},
	"promote restart reload backup maintenance hibernate fencing pgbench fio": {risk: Changes},
	"destroy": {risk: Destroys},
}

// kubeExec judges what runs in the pod.
func kubeExec(c *call) {
	words := c.operand
	if len(words) > 0 {
		words = words[1:] // the pod
	}
	// Flags may still stand between the pod and the command.
	for len(words) > 0 && words[0].isFlag() && words[0].text != "--" {
		if listed("-n --namespace -c --container --context", words[0].text) && len(words) > 1 {
			words = words[1:]
		}
		words = words[1:]
	}
	if len(words) > 0 && words[0].text == "--" {
		words = words[1:]
	}
	if len(words) == 0 {
		c.in.worse(Unknown)
		c.in.out.Interactive = true
		return
	}
	c.in.insideContainer(words, c.stdin)
}

// insideContainer judges a command run in a container. A terminal given to a
// command that ends by itself does not make it interactive.
func (a *analyst) insideContainer(words []arg, in input) {
	name, _ := a.program(words[0].text)
	if listed("sh bash zsh ash", name) && len(words) == 1 && !in.piped {
		a.worse(Unknown)
		a.out.Interactive = true
		return
	}
	outside := a.out.Programs
	a.nested(words, in)
	// What runs inside is not looked for on this host.
	a.out.Programs = outside
}

func kubeRun(c *call) {
	if len(c.after) > 0 {
		c.in.insideContainer(c.after, c.stdin)
	}
}

var dockerVerbs = family{
	"ps images info version inspect port top diff history search": {risk: Reads},
	"events": {risk: Reads, endless: when{always: true, without: "--until"}},
	"logs":   {risk: Reads, valued: "-n --tail --since --until", endless: when{with: "-f --follow"}},
	"stats":  {risk: Reads, valued: "--format", endless: when{always: true, without: "--no-stream"}},
	"exec":   {risk: Reads, stop: true, valued: "-u --user -e --env -w --workdir --env-file --detach-keys", plain: "-i -t -it -ti -d --interactive --tty --privileged --detach", interactive: when{with: "-t --tty"}, judge: dockerExec},
	"run create": {
		risk: Changes, stop: true,
		valued: "-u --user -e --env -w --workdir --name -v --volume -p --publish --network --net --mount --entrypoint --env-file -h --hostname -l --label -m --memory --cpus --restart --pull --platform --add-host --link --log-driver --log-opt --ulimit --shm-size --gpus --cap-add --cap-drop --device --dns --ip --security-opt --tmpfs --volumes-from --health-cmd -c --cpu-shares --pid --ipc --stop-signal --cidfile",
		plain:  "--rm -i -t -it -ti -d -dit -P --init --privileged --read-only --detach --interactive --tty -q --quiet --no-healthcheck",
		raise:  raises{"--entrypoint": Unknown}, judge: dockerRun,
	},
	"start stop restart pause unpause kill rename update wait tag commit cp pull push load import build login logout save export init": {risk: Changes},
	"rm rmi": {risk: Destroys},
	"attach": {risk: Unknown, interactive: when{always: true}},
	"container": {verbs: family{
		"ls list ps inspect logs top stats port diff":         {risk: Reads, endless: when{with: "-f --follow"}},
		"start stop restart pause unpause kill rename update": {risk: Changes},
		"rm prune": {risk: Destroys},
		"exec":     {risk: Reads, stop: true, valued: "-u --user -e --env -w --workdir", plain: "-i -t", interactive: when{with: "-t --tty"}, judge: dockerExec},
	}},
	"buildx image volume network secret config stack node service swarm plugin manifest builder context": {verbs: family{
		"ls list inspect ps services history show tasks": {risk: Reads},
		"logs": {risk: Reads, endless: when{with: "-f --follow"}},
		"create pull push tag load save import build connect disconnect update scale deploy rollback promote demote init join use export": {risk: Changes},
		"rm remove prune leave": {risk: Destroys},
	}},
	"system":  {verbs: family{"df info events": {risk: Reads}, "prune reset": {risk: Destroys}}},
	"compose": {valued: dockerValued, plain: dockerPlain, verbs: composeVerbs},
	"machine": {verbs: family{"ls list inspect": {risk: Reads}, "start stop init set": {risk: Changes}, "rm": {risk: Destroys}}},
}

var composeVerbs = family{
	"ps images config top port ls version events stats": {risk: Reads, raise: raises{"-o --output": Changes}},
	"logs": {risk: Reads, valued: "-n --tail --since --until", endless: when{with: "-f --follow"}},
	"up":   {risk: Changes, valued: "--scale -t --timeout", endless: when{always: true, without: "-d --detach --wait --no-start"}},
	"start stop restart build pull push create pause unpause kill scale cp": {risk: Changes, valued: "-t --timeout -s"},
	"down": {risk: Changes, raise: raises{"-v --volumes --rmi": Destroys}},
	"rm":   {risk: Destroys},
	"exec": {risk: Reads, stop: true, valued: "-u --user -e --env -w --workdir --index", plain: "-T -d -i -t -it --privileged", judge: dockerExec},
	"run":  {risk: Changes, stop: true, valued: "-u --user -e --env -w --workdir --name -v --volume -p --publish --entrypoint", plain: "--rm -d -T -i -t -it --no-deps --service-ports --build", raise: raises{"--entrypoint": Unknown}, judge: dockerRun},
}

func dockerExec(c *call) {
	if len(c.operand) < 2 {
		c.in.worse(Unknown)
		return
	}
	c.in.insideContainer(c.operand[1:], c.stdin)
}

func dockerRun(c *call) {
	if c.hasAny("-t --tty") && !c.hasAny("-d --detach") {
		c.in.out.Interactive = true
	}
	if len(c.operand) > 1 {
		c.in.insideContainer(c.operand[1:], c.stdin)
	}
}
