"""Steps of a script that runs on several servers: each prints what it gave, without what differs from one server and one run to the next."""

import json
import os
import re
import time

URL, TOKEN = os.environ["NETBOX_URL"], os.environ["NETBOX_TOKEN"]
USERNAME, PASSWORD = os.environ["NETBOX_USERNAME"], os.environ["NETBOX_PASSWORD"]
UNIQUE = f"py-{time.time_ns():x}"


def plain(value):
    """Own names, the server's address and ids are the server's and the run's."""
    if isinstance(value, str):
        value = value.replace(UNIQUE, "NAME").replace(URL, "URL")
        value = re.sub(r"/\d+/", "/ID/", re.sub(r"\((\d+)\)", "(ID)", re.sub(r"ID \d+", "ID n", value)))
        return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "MOMENT", value)
    if isinstance(value, dict):
        return {key: "ID" if key == "id" and isinstance(item, int) else plain(item) for key, item in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else plain(str(value))


def tell(name, value):
    print(f"{name}: {json.dumps(plain(value), ensure_ascii=False)}", flush=True)


def failed(error, status, body):
    """What was refused, and how."""
    try:
        body = json.loads(body)
    except ValueError:
        pass
    return {"raised": type(error).__name__, "status": status, "body": body}
