"""keepalived: failover by VRRP and health-checked load balancing, from one keepalived.conf.

The version that every program of the package prints lives here and nowhere else.
"""

VERSION = "0.1.0"
VERSION_DATE = "11/22,2026"
