"""What a review rests on: names that nothing else has, the plan that was reviewed, whether it still holds, what comments say."""
