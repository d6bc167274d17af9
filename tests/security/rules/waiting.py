import imaplib
import smtplib
import ssl
import urllib.request

import httpx
import requests


def wrong(url):
    # ruleid: waiting
    requests.get(url)
    # ruleid: waiting
    httpx.post(url, json={})
    # ruleid: waiting
    httpx.Client(trust_env=False)
    # ruleid: waiting
    urllib.request.urlopen(url)
    # ruleid: waiting
    smtplib.SMTP("host", 25)
    # ruleid: waiting
    imaplib.IMAP4_SSL("host")
    # ruleid: waiting-for-ever
    httpx.get(url, timeout=None)
    # ruleid: unwatched
    httpx.get(url, timeout=5, verify=False)


def right(url, context):
    # ok: waiting
    requests.get(url, timeout=10)
    # ok: waiting
    httpx.Client(timeout=httpx.Timeout(30.0, connect=10.0))
    # ok: waiting
    smtplib.SMTP("host", 25, timeout=10)
    # ok: waiting, waiting-for-ever
    httpx.get(url, timeout=5)
    # ok: unwatched
    httpx.get(url, timeout=5, verify=context)
