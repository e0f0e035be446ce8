#!/bin/sh
ip route add 10.1.0.0/16 dev $1
