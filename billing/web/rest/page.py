POLICY = "default-src 'none'"


def html(api: object) -> str:
    return ""
