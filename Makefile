# Each target calls script/NAME; ARGS passes arguments on: make test ARGS="e2e -- tests/deals.spec.ts"
.PHONY: run test dev bench check setup
run test dev bench check setup:
	@script/$@ $(ARGS)
