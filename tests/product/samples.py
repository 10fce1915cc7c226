"""Requests and answers that the interface promises."""

GOLDEN_REQUEST = {
    "tool_name": "python_exec",
    "tool_args": {"code": "import os; os.system('rm -rf /')"},
    "context": "User attempting to execute potentially dangerous code",
    "metadata": {"user_id": "user123", "session_id": "sess456"},
}
# The same as the published client libraries send it.
CANDIDATE_REQUEST = {
    "candidate": {"tool": "python_exec", "args": {"code": "import os; os.system('rm -rf /')"}},
    "context": "User attempting to execute potentially dangerous code",
    "context_state": {"user_id": "user123", "session_id": "sess456"},
}
GOLDEN_MEMBERS = [
    ("allowed", "false"),
    ("requires_approval", "true"),
    ("reasons", '["Blocked by code_exec_sandbox rule: System commands not allowed"]'),
    ("alternatives", '[{"tool_name":"safe_exec","tool_args":{"command":"echo hello"},'
                     '"context":"Safer alternative for execution"}]'),
]
ALLOWED_REQUEST = {"tool_name": "get_weather", "tool_args": {"city": "Oslo"}, "metadata": {"user_id": "user123"}}
ALLOWED_MEMBERS = [
    ("allowed", "true"),
    ("requires_approval", "false"),
    ("reasons", '["Action passes all safety checks"]'),
    ("alternatives", "[]"),
]
