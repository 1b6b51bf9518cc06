"""The inputs of a self-hosted registry. No `from __future__ import annotations` here: Pulumi reads these annotations."""

from typing import NotRequired, TypedDict

from dockyard.args import RetentionArgs
from dockyard.self_hosted.target_args import TargetArgs


class UserArgs(TypedDict, total=False):
    """One user of a self-hosted registry. The password is generated."""

    pull: list[str]
    """Patterns of repositories that the user may pull: `*` within one path component, `**` for any number. Default: none."""
    push: list[str]
    """Patterns of repositories that the user may push to, and pull. Default: none."""
    delete: list[str]
    """Patterns of repositories that the user may delete from, and pull. Default: none."""
    admin: bool
    """Everything, the catalog included. Default: false."""
    rotation: str
    """Any text; changing it makes a new password. Default: the password stays as it is."""
    overlap_hours: int
    """How long after such a change the former password stays valid, up to 720. Default: 0, it ends at once."""


class SelfHostedRepositoryArgs(TypedDict, total=False):
    """One repository, named by its key. An empty object takes the registry's defaults."""

    pull: list[str]
    """Users who may pull it, beside those whose patterns cover it. Default: nobody else."""
    push: list[str]
    """Users who may push to it, beside those whose patterns cover it. Default: nobody else."""
    immutable_tags: bool
    """Whether a tag that exists cannot be moved to another image. Default: the registry's."""


class TagRulesArgs(TypedDict, total=False):
    """Which tags may be pushed. Who may delete an image may delete its tags all the same."""

    immutable_in: list[str]
    """Patterns of repositories whose tags cannot be moved. Default: none, or all with `immutable_tags`."""
    forbidden: list[str]
    """Tags that nobody may push, `*` for any text: `latest`. Default: none."""
    forbidden_in: list[str]
    """Patterns of the repositories that `forbidden` is about. Default: all."""


class AcmeBindingArgs(TypedDict):
    """What binds an ACME account to one at an authority that knows its customers (RFC 8555, 7.3.4)."""

    key_id: str
    """The key's name."""
    hmac_key: str
    """The key, in base64url; a secret."""


class AcmeArgs(TypedDict, total=False):
    """A certificate by ACME, obtained and renewed on the host by certbot. Using it agrees to the authority's terms."""

    server: str
    """The address of the authority's directory. Default: Let's Encrypt's, for production."""
    email: str
    """Where the authority may write to. Default: nowhere."""
    challenge: str
    """How the name is proven: `http-01`, on a port of the front, or `dns-01`, by hooks. Default: http-01."""
    http_port: int
    """The port of http-01. The authority asks at 80: with another one, something must pass requests on. Default: 80."""
    auth_hook: str
    """Absolute path of a program on the host that makes the TXT record of dns-01 from `CERTBOT_DOMAIN` and
    `CERTBOT_VALIDATION`, and returns when it can be seen. Default: none; dns-01 needs it."""
    cleanup_hook: str
    """Absolute path of a program on the host that takes the record away again. Default: none, it stays."""
    environment: dict[str, str]
    """Variables for the hooks, such as credentials, and for a proxy (`HTTPS_PROXY`). They are kept in a file that only the
    operations may read. Default: none."""
    binding: AcmeBindingArgs
    """The account at the authority to bind to, as ZeroSSL and others ask for. Default: none."""
    trusted_ca: str
    """PEM: what to trust where the server is your own: it is what certbot trusts, and the output `caCertificate`. Default: the
    authorities of the system."""


class CertificateArgs(TypedDict, total=False):
    """Exactly one of two: a certificate of your own, or one by ACME."""

    certificate: str
    """PEM: the chain, the server's certificate first. Default: none; it comes with `private_key`."""
    private_key: str
    """PEM: its key, without a passphrase. Default: none; it comes with `certificate`."""
    acme: AcmeArgs
    """A certificate of a public authority for a public name; `{}` asks Let's Encrypt over http-01. Default: none."""


class BackupArgs(TypedDict, total=False):
    """Backups by restic, consistent while pushes go on."""

    enabled: bool
    """Whether backups are made. Default: true."""
    repository: str
    """restic's address of the repository: an absolute path, or `s3:`, `sftp:`, `rest:`, `b2:`, `azure:`, `gs:`, `swift:` or
    `rclone:`. Default: the folder `backup` beside the images; a disk that holds both loses both, so name another one. It
    stays when the registry is destroyed."""
    password: str
    """Encrypts the repository; at least 16 characters. Default: one is generated, and is the output `backupPassword`."""
    environment: dict[str, str]
    """restic's variables for a repository elsewhere, such as `AWS_ACCESS_KEY_ID`. They are kept in a file that only backups may
    read. Default: none."""
    every_hours: int
    """Hours from one backup to the next; 0 for none but by hand. Default: 24."""
    keep_daily: int
    """For so many days their last snapshot is kept. Default: 7."""
    keep_weekly: int
    """For so many weeks their last snapshot is kept. Default: 5."""
    keep_monthly: int
    """For so many months their last snapshot is kept. Default: 12."""
    check_every_days: int
    """Days between two checks of the repository, which each read a seventh of its data; 0 for none. Default: 7."""
    drill_every_days: int
    """Days between two drills, which restore the last snapshot and pull every image of it; 0 for none. Default: 30."""


class FirewallArgs(TypedDict, total=False):
    """Rules of nftables for the registry's port, in a table of its own; no other port is touched. Only for root."""

    allow_from: list[str]
    """Addresses and networks, IPv4 and IPv6, from which the registry may be reached; this host always may. They hold for ports that Docker
    publishes too. At least one."""
    confirm_seconds: int
    """New rules are taken back after so many seconds unless `dockyard firewall confirm -s STACK` keeps them. Default: 0, they stay."""


class UpkeepArgs(TypedDict, total=False):
    """What the registry's host does by itself."""

    gc_every_days: int
    """Days between two garbage collections, in which writes wait for a moment; 0 for none but by hand. Without `backup`, none is
    made by itself. Default: 7."""
    retention_every_days: int
    """Days between two runs of `retention`; 0 for none but by hand. Default: 1."""
    inventory_every_minutes: int
    """Minutes between two inventories of the images, from which the status page is made; 0 for none. Default: 60."""


class AuditArgs(TypedDict, total=False):
    """The front's logs: the audit log of who did what, and its errors. They are put aside by day and by size, and packed."""

    keep_days: int
    """For so many days a log is kept after it was put aside. Default: 90."""
    max_size: str
    """The most that each of the two may take on the disk, in bytes or with K, M, G or T; beyond it the oldest part goes. Default: 1G."""


class MetricsArgs(TypedDict):
    """Values for Prometheus, of registry, front, jobs, disks and certificate. They name no user, image or address of a client."""

    port: int
    """The TCP port of `http://localhost:PORT/metrics`, on 127.0.0.1 and ::1 alone; every user of the host may read it."""


class ScrubArgs(TypedDict, total=False):
    """Every blob is read again and compared with its digest; one of other bytes is taken away and healed from the backup."""

    every_days: int
    """Days from one round through all blobs to the next; 0 for none but by hand. Default: 30."""
    bytes_per_second: str
    """How fast blobs are read, in bytes or with K, M or G. Default: 50M."""


class UpgradeArgs(TypedDict, total=False):
    """What a change of the registry's program may do."""

    allow_without_backup: bool
    """Whether it may begin where the last backup is missing or old, or the last drill has failed. Default: false."""


class ImagesArgs(TypedDict, total=False):
    """Images by tag and digest. A tag alone is taken as it stands on the host: for images that you have built or loaded yourself."""

    registry: str
    """With the program `registry`, and a shell; without a front `wget` too. Default: the official image of `version`, by digest."""
    nginx: str
    """With nginx, curl, setpriv and a shell. Default: the official image of the stable version, by digest."""
    traefik: str
    """With traefik, wget and a shell, 3.7.10 or later. Default: the official image of the stable version, by digest."""


class SelfHostedRegistryArgs(TypedDict):
    """registry:2 behind TLS NGINX, with generated users, on one host."""

    domain: str
    """The DNS name or IP address that clients type."""
    port: NotRequired[int]
    """The TCP port of the TLS front; without a front 1024 or above. Default: 443."""
    listen: NotRequired[list[str]]
    """Addresses of the host to listen on; `0.0.0.0` and `::` for all. Default: loopback only, `127.0.0.1` and `::1`; without
    a front `127.0.0.1`."""
    users: dict[str, UserArgs]
    """Users by name: lower-case letters, digits, `.`, `_` and `-`. At least one."""
    repositories: NotRequired[dict[str, SelfHostedRepositoryArgs]]
    """Repositories by name: what the output `images` lists. A push makes any other that a user may push to. Default: none."""
    immutable_tags: NotRequired[bool]
    """Whether a tag that exists cannot be moved to another image: a push of it is refused (409), also of the same image. Default: false."""
    tag_rules: NotRequired[TagRulesArgs]
    """Which tags may be pushed where. Default: all."""
    anonymous_pull: NotRequired[list[str]]
    """Patterns of repositories that anybody may pull without signing in. Clients that decide by `/v2/` alone, such as Docker
    without the containerd image store, must sign in all the same. Default: none."""
    certificate: NotRequired[CertificateArgs]
    """Your own certificate, or one by ACME. Default: an own authority and a certificate of it, renewed by `up` before it ends."""
    front: NotRequired[str]
    """What stands between clients and the registry: `nginx`; `traefik`, which needs runtime compose and knows rights to all repositories
    alone; or `none` for the registry alone, in one container, on loopback, where every user may do everything. Default: nginx."""
    environment: NotRequired[dict[str, str]]
    """More variables (`REGISTRY_LOG_LEVEL`) of a registry without a front; whoever may ask Docker reads them. Default: none."""
    runtime: NotRequired[str]
    """What keeps the services running: `compose`, `systemd`, `supervisor` or `auto`. Default: auto: a registry that is there keeps what
    runs it; a new one takes compose where Docker or podman can run it, else systemd for root where it runs the machine, else supervisor."""
    target: NotRequired[TargetArgs]
    """Where the registry runs: `{"ssh": {...}}` is another host. Default: `{"local": {}}`, the machine that runs Pulumi."""
    version: NotRequired[str]
    """The registry's major version, `2` or `3`; 3 needs `program`, or runtime compose. Changing it is an upgrade with a way back.
    Default: `2`, which the distribution packages."""
    program: NotRequired[str]
    """Absolute path, on the host, of the registry's program: 3.1.1 or later for `version` 3, 2.8.2 or later for 2. Default: the
    distribution's package."""
    upgrade: NotRequired[UpgradeArgs]
    """What a change of `version`, `program` or `images` may do. Default: as below."""
    images: NotRequired[ImagesArgs]
    """What Docker runs, with runtime compose. Default: as below."""
    storage: NotRequired[str]
    """Absolute path of the folder that holds the images. Default: `registry` in the instance's data folder."""
    bcrypt_cost: NotRequired[int]
    """log2 of the rounds that one password check takes, 4 to 10. Default: 5: generated passwords cannot be guessed."""
    read_only: NotRequired[bool]
    """Whether every write is refused (405). Default: false."""
    memory_limit: NotRequired[str]
    """The most memory each service may use (systemd and compose), in bytes or with K, M, G or T. Default: no limit; with compose 1G."""
    cpu_limit: NotRequired[int]
    """The most CPU time each service may use (systemd and compose), in percent of one core. Default: no limit; with compose 100."""
    backup: NotRequired[BackupArgs]
    """Backups of the images, and drills that prove them. Default: none."""
    retention: NotRequired[RetentionArgs]
    """What expires, once a day; knows neither `archive` nor `not_pulled_days`. Default: nothing."""
    reserve: NotRequired[str]
    """Room on the store's disk that uploads may not take: a share (`5%`, of a large disk at most 20 GiB) or a size (`10G`); `0` for none.
    With less, new uploads are refused (507), while pulls and deletes go on. Default: 5%; without a front none
    can be kept."""
    firewall: NotRequired[FirewallArgs]
    """From where the registry may be reached. Default: from everywhere that reaches the host."""
    scrub: NotRequired[ScrubArgs]
    """How often the host looks for blobs whose bytes have changed. Default: as below."""
    upkeep: NotRequired[UpkeepArgs]
    """How often the host looks after the images by itself. Default: as below."""
    status_page: NotRequired[bool]
    """Whether users who have signed in find a page at `/status`: the images that they may pull, for an admin everything, and how the
    registry is. Default: true; without a front there is none."""
    audit: NotRequired[AuditArgs]
    """How long it is known who did what. Default: as below."""
    metrics: NotRequired[MetricsArgs]
    """Where Prometheus finds values of the registry. Default: nowhere."""
    time_sync: NotRequired[bool]
    """Whether a host of root without any time daemon gets chrony; one that is there stays, and a container's clock is its host's.
    Default: true."""
    deletion: NotRequired[str]
    """What becomes of the images when the registry is destroyed: `retain` or `delete`. Default: retain."""
    instance: NotRequired[str]
    """Names this registry's folders and services on its host. Default: the resource's name and the stack's."""
