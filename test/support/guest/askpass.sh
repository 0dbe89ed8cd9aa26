#!/bin/sh
echo "$ASKED_PASSWORD"
