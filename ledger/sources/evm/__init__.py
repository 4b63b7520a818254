"""Facts from the logs of contracts on an EVM chain.

What every protocol shares is here: reading `eth_getLogs` objects, their order, repeats and withdrawals, decoding,
evidence and ids. A protocol is one module beside this folder: the events it declares, and for each a function that says
what facts follow from it.
"""
