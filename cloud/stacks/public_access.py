"""The account's own block of public access, which stands above the policy of a bucket."""

from botocore.exceptions import ClientError

from cloud.account import Account

REFUSING = ("BlockPublicPolicy", "RestrictPublicBuckets")
"""Settings with which nobody could read photos and static files."""


def find_blocks(account: Account) -> list[str]:
    """Return the settings of a real account that refuse a public bucket.

    The embedded AWS has no such settings.
    """
    if account.is_embedded:
        return []
    own = account.client("sts").get_caller_identity()["Account"]
    try:
        found = account.client("s3control").get_public_access_block(AccountId=own)
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        return []
    settings = found["PublicAccessBlockConfiguration"]
    return [name for name in REFUSING if settings.get(name)]


def explain(blocks: list[str]) -> str:
    """Return what an operator should know and do."""
    return (
        f"The account blocks public access to all its buckets ({', '.join(blocks)}), so AWS would"
        " refuse the policy that publishes photos and static files. Nothing was changed. Switch"
        " this off in S3 under “Block Public Access settings for this account”; the stack keeps"
        " every other bucket and prefix private."
    )
